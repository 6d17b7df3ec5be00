#!/usr/bin/env python3
"""Computes the golden values of random streams, independently of framework/base/random.cc.

Usage: random_reference.py streams > tests/base/random_streams.txt
       random_reference.py batches > tests/training/mini_batches.txt

The generators follow their publications: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
random numbers: as easy as 1, 2, 3", SC 2011), FNV-1a (Fowler, Noll and Vo) and the finalizer of
SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
random_reference_test.py checks them against published values, and the two files against this
program. A change of the streams that is intended is made here, too; then the two commands above
write the files anew.
"""

import sys

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1


def philox4x32_10(counter, key):
    """Returns ten rounds of Philox on four 32-bit words, with a key of two."""
    for _ in range(10):
        high0, low0 = divmod(0xD2511F53 * counter[0], 2**32)
        high1, low1 = divmod(0xCD9E8D57 * counter[2], 2**32)
        counter = (high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0)
        key = ((key[0] + 0x9E3779B9) & MASK32, (key[1] + 0xBB67AE85) & MASK32)
    return counter


def fnv1a(text, basis=0xCBF29CE484222325):
    for byte in text.encode():
        basis = ((basis ^ byte) * 0x100000001B3) & MASK64
    return basis


def splitmix64(state):
    """Returns the number that SplitMix64 returns in this state."""
    z = (state + 0x9E3779B97F4A7C15) & MASK64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
    return z ^ (z >> 31)


class Stream:
    """A stream by its path: a name, then the parts that it was split by, `augmentation/3/0`.

    A part that consists of digits is a number, any other part a name.
    """

    def __init__(self, seed, path):
        first, *parts = path.split("/")
        self.seed = seed
        self.number = splitmix64(fnv1a(first))
        for part in parts:
            if part.isdigit():
                self.number = splitmix64(self.number ^ splitmix64(int(part)))
            else:
                self.number = splitmix64(fnv1a(part, self.number))

    def word(self, index):
        """Returns the raw 64-bit word of an index: half a Philox block, lower word first."""
        block = index // 2
        words = philox4x32_10(
            (block & MASK32, block >> 32, self.number & MASK32, self.number >> 32),
            (self.seed & MASK32, self.seed >> 32),
        )
        low, high = words[2:] if index % 2 else words[:2]
        return high << 32 | low

    def below(self, index, bound):
        return self.word(index) * bound >> 64


def shuffled(seed, samples, epoch):
    """Shuffles as Fisher and Yates, from the last place down; place i draws number i."""
    stream = Stream(seed, f"sampling/{epoch}")
    order = list(range(samples))
    for place in range(samples - 1, 0, -1):
        other = stream.below(place, place + 1)
        order[place], order[other] = order[other], order[place]
    return order


def shuffle_batches(seed, samples, batch_size, epochs):
    for epoch in range(epochs):
        order = shuffled(seed, samples, epoch)
        for first in range(0, samples, batch_size):
            yield order[first : first + batch_size]


def with_replacement_batches(seed, samples, batch_size, steps):
    stream = Stream(seed, "sampling")
    for step in range(steps):
        first = step * batch_size
        yield [stream.below(first + i, samples) for i in range(batch_size)]


# The streams of a trial (framework/training/trial_parts.h) with the parts that they are split into.
PATHS = [
    "teacher",
    "teacher/0",
    "teacher/0/0",
    "teacher/0/1",
    "teacher/1",
    "student",
    "student/0",
    "student/0/0",
    "student/0/1",
    "student/0/1/bias",
    "student/1",
    "train_data",
    "train_data/offset",
    "train_data/point/0",
    "eval_data",
    "eval_data/augmentation",
    "eval_data/augmentation/0",
    "eval_data/augmentation/1",
    "sampling",
    "sampling/0",
    "sampling/1",
    "augmentation",
    "augmentation/0",
    "augmentation/0/1/5",
    "augmentation/4294967296/0",
] + [f"augmentation/{step}/{part}" for step in range(6) for part in range(2)]
SEEDS = [1, 2, 2**64 - 1]
INDICES = [0, 1, 2, 3, 2**33 + 1]


def streams():
    yield "# Raw 64-bit words of random streams, made by random_reference.py. A line is"
    yield "# SEED STREAM, then the words of the indices " + " ".join(map(str, INDICES)) + "."
    for seed in SEEDS:
        for path in PATHS:
            stream = Stream(seed, path)
            words = " ".join(f"{stream.word(index):016x}" for index in INDICES)
            yield f"{seed} {path} {words}"


def batches():
    yield "# The first mini-batches of samplers that draw, made by tests/base/random_reference.py."
    yield "# A line is SAMPLER SEED SAMPLES BATCH_SIZE STEP, then the rows. Epochs of"
    yield "# with_replacement have 3 steps, which changes nothing."
    for seed, samples, batch_size in [(1, 10, 4), (2, 10, 4), (1, 7, 3), (1, 1, 1), (3, 5, 8)]:
        parameters = f"{seed} {samples} {batch_size}"
        made = {
            "shuffle": shuffle_batches(seed, samples, batch_size, epochs=3),
            "with_replacement": with_replacement_batches(seed, samples, batch_size, steps=6),
        }
        for sampler, rows_of_steps in made.items():
            for step, rows in enumerate(rows_of_steps):
                yield f"{sampler} {parameters} {step} " + " ".join(map(str, rows))


if __name__ == "__main__":
    kinds = {"streams": streams, "batches": batches}
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit("Usage: random_reference.py streams|batches")
    print("\n".join(kinds[sys.argv[1]]()))
