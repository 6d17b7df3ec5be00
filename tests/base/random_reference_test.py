#!/usr/bin/env python3
"""Checks random_reference.py against published values, and the golden files against it."""

import pathlib
import sys
import unittest
from decimal import Decimal

FOLDER = pathlib.Path(__file__).parent
sys.path.insert(0, str(FOLDER))
sys.dont_write_bytecode = True

import random_reference  # noqa: E402


class RandomReferenceTest(unittest.TestCase):
    def test_philox_gives_the_known_answers_of_its_authors(self):
        ones = 2**32 - 1
        self.assertEqual(
            random_reference.philox4x32_10((0, 0, 0, 0), (0, 0)),
            (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
        )
        self.assertEqual(
            random_reference.philox4x32_10((ones, ones, ones, ones), (ones, ones)),
            (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
        )
        self.assertEqual(
            random_reference.philox4x32_10(
                (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
            ),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        )

    def test_fnv1a_gives_published_values(self):
        self.assertEqual(random_reference.fnv1a(""), 0xCBF29CE484222325)
        self.assertEqual(random_reference.fnv1a("a"), 0xAF63DC4C8601EC8C)
        self.assertEqual(random_reference.fnv1a("foobar"), 0x85944171F73967E8)

    def test_splitmix64_gives_published_values(self):
        self.assertEqual(
            [
                random_reference.splitmix64((1234567 + i * 0x9E3779B97F4A7C15) % 2**64)
                for i in range(5)
            ],
            [
                6457827717110365317,
                3203168211198807973,
                9817491932198370423,
                4593380528125082431,
                16408922859458223821,
            ],
        )

    def test_cosine_and_sine_give_known_values(self):
        third_of_pi = random_reference.PI / 3
        cosine, sine = random_reference.cosine_and_sine(third_of_pi)
        self.assertLess(abs(cosine - Decimal(1) / 2), Decimal(10) ** -45)
        self.assertLess(abs(sine - Decimal(3).sqrt() / 2), Decimal(10) ** -45)

    def test_normal_pairs_of_simple_words_are_right(self):
        half = 2**31
        # -2 log(1/2) = log 4, at -45 degrees.
        first, second = random_reference.normal_pair(half, 0, 0, 0)
        self.assertLess(abs(first - (Decimal(4).ln() / 2).sqrt()), Decimal(10) ** -45)
        self.assertLess(abs(first + second), Decimal(10) ** -45)
        # The four directions of the axes.
        length = Decimal(4).ln().sqrt()
        for upper_angle, expected in enumerate([(1, 0), (-1, 0), (0, 1), (0, -1)]):
            pair = random_reference.normal_pair(half, 0, upper_angle << 30 | 2**29, 0)
            for coordinate, direction in zip(pair, expected):
                self.assertLess(abs(coordinate - length * direction), Decimal(10) ** -45)

    def test_normals_are_distributed_normally(self):
        # 2000 of 4000 normals are expected between the quartiles, with a standard deviation of 32. A bound
        # of six deviations gives a false alarm in 2e-9 of all streams; this stream is fixed.
        stream = random_reference.Stream(1, "quartiles")
        inside = sum(abs(stream.normal(i)) < Decimal("0.6744897501960817") for i in range(4000))
        self.assertLess(abs(inside - 2000), 6 * 32)

    def test_files_hold_what_the_program_computes(self):
        for made, path in [
            (random_reference.streams(), FOLDER / "random_streams.txt"),
            (random_reference.normals(), FOLDER / "random_normals.txt"),
            (random_reference.normal_pairs(), FOLDER / "normal_pairs.txt"),
            (random_reference.batches(), FOLDER.parent / "training" / "mini_batches.txt"),
        ]:
            self.assertEqual(path.read_text(encoding="utf-8"), "\n".join(made) + "\n", path.name)


if __name__ == "__main__":
    unittest.main()
