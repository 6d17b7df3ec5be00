#!/usr/bin/env python3
"""Computes the golden values of random streams, independently of framework/base/random.cc.

Usage: random_reference.py streams > tests/base/random_streams.txt
       random_reference.py normals > tests/base/random_normals.txt
       random_reference.py normal_pairs > tests/base/normal_pairs.txt
       random_reference.py batches > tests/training/mini_batches.txt

The generators follow their publications: Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel
random numbers: as easy as 1, 2, 3", SC 2011), FNV-1a (Fowler, Noll and Vo) and the finalizer of
SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
Normals are computed with 50 decimal digits (Box and Muller, "A note on the generation of random normal
deviates", Annals of Mathematical Statistics 29, 1958). random_reference_test.py checks all of them against
published values, and the files against this program. A change of the streams that is intended is made here,
too; then the commands above write the files anew.
"""

import decimal
import sys
from decimal import Decimal

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


decimal.getcontext().prec = 50
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097")


def cosine_and_sine(angle):
    """Returns both, by the exponential series of an imaginary number."""
    sums = [Decimal(0), Decimal(0)]
    term, n = Decimal(1), 0
    while abs(term) > Decimal(10) ** -60:
        sums[n % 2] += term if n % 4 < 2 else -term
        n += 1
        term *= angle / n
    return sums


def normal_pair(upper_radius, lower_radius, upper_angle, lower_angle):
    """Returns two independent standard normals, made of four 32-bit words."""
    uniform = 1 - Decimal(upper_radius << 32 | lower_radius) / 2**64
    radius = (-2 * uniform.ln()).sqrt()
    # The two top bits of the angle select an eighth of the plane's directions twice as wide.
    exchanged, negated = upper_angle >> 31, upper_angle >> 30 & 1
    rest = (upper_angle << 32 | lower_angle) & (2**62 - 1)
    cosine, sine = cosine_and_sine(PI / 4 * (Decimal(rest) / 2**61 - 1))
    if negated:
        cosine, sine = -cosine, -sine
    return (radius * sine, radius * cosine) if exchanged else (radius * cosine, radius * sine)


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

    def block(self, number):
        """Returns the four 32-bit words of a Philox block."""
        return philox4x32_10(
            (number & MASK32, number >> 32, self.number & MASK32, self.number >> 32),
            (self.seed & MASK32, self.seed >> 32),
        )

    def word(self, index):
        """Returns the raw 64-bit word of an index: half a Philox block, lower word first."""
        words = self.block(index // 2)
        low, high = words[2:] if index % 2 else words[:2]
        return high << 32 | low

    def normal(self, index):
        """Returns the normal of an index: half of a pair, which is made of two words of each of two blocks."""
        upper = self.block(index // 4 | 1 << 63)
        lower = self.block(index // 4 | 3 << 62)
        radius, angle = (2, 3) if index % 4 >= 2 else (0, 1)
        return normal_pair(upper[radius], lower[radius], upper[angle], lower[angle])[index % 2]

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


def digits(number):
    """Returns enough digits to compare a double with them to a small part of its last place."""
    return f"{number:.24e}"


NORMAL_INDICES = [*range(40), 2**34 - 1, 2**34, 2**34 + 1, 2**63 + 5, 2**64 - 1]


def normals():
    yield "# Standard normals of random streams, made by random_reference.py. A line is"
    yield "# SEED STREAM INDEX NORMAL."
    for seed in SEEDS:
        for path in ["train_data", "teacher/0/0", "augmentation/0/1/5"]:
            stream = Stream(seed, path)
            for index in NORMAL_INDICES:
                yield f"{seed} {path} {index} {digits(stream.normal(index))}"


def normal_pair_line(radius, angle):
    """Returns a line of normal_pairs.txt, of two 64-bit numbers."""
    words = (radius >> 32, radius & MASK32, angle >> 32, angle & MASK32)
    first, second = normal_pair(*words)
    return " ".join(f"{word:08x}" for word in words) + f" {digits(first)} {digits(second)}"


def normal_pairs():
    yield "# Pairs of normals of chosen words, made by random_reference.py. A line is"
    yield "# UPPER_RADIUS LOWER_RADIUS UPPER_ANGLE LOWER_ANGLE FIRST SECOND."
    # Radii are the numbers 1 - radius / 2^64: near 1, near 0 (the far tail), around the powers of two,
    # where formulas change, and anywhere.
    radii = [1, 2**12 - 1, 2**31, 2**52, 2**63 - 2**40, 2**63, 2**63 + 2**40]
    radii += [2**64 - 2**e + d for e in range(0, 63, 3) for d in (-1, 0, 1) if 2**64 - 2**e + d < 2**64]
    radii += [2**64 * 292893218813 // 10**12 + d * 2**12 for d in (-2, -1, 0, 1, 2)]
    generator = Stream(1, "radii")
    radii += [generator.word(i) for i in range(40)]
    radii += [2**64 - 1 - (generator.word(i) >> (i - 40)) for i in range(40, 100)]
    angles = [0, 1, 2**30, 2**61 - 1, 2**61 + 1, 2**62 - 1, 2**63 - 1, 2**63, 2**63 + 2**61 + 1, 2**64 - 1]
    angles += [2**61 + 2**e for e in range(0, 60, 7)]
    generator = Stream(1, "angles")
    for i, radius in enumerate(radii):
        angle = angles[i // 4 % len(angles)] if i % 4 == 0 else generator.word(i)
        yield normal_pair_line(radius, angle)
    # The pairs of which framework/base/random.cc is furthest from the truth among some millions.
    yield normal_pair_line(0x199297C55E0EF731, 0x6ADE8DD943384042)
    yield normal_pair_line(0x00000000AEE20B74, 0x71D81E316D590B63)


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
    kinds = {
        "streams": streams,
        "normals": normals,
        "normal_pairs": normal_pairs,
        "batches": batches,
    }
    if len(sys.argv) != 2 or sys.argv[1] not in kinds:
        sys.exit("Usage: random_reference.py " + "|".join(kinds))
    print("\n".join(kinds[sys.argv[1]]()))
