import math
import unittest

from shapes import circle, rectangle, triangle


class AreaTest(unittest.TestCase):
    def test_rectangle(self):
        self.assertEqual(rectangle(2, 3), 6)

    def test_circle(self):
        self.assertAlmostEqual(circle(2), 4 * math.pi)

    def test_triangle(self):
        self.assertEqual(triangle(3, 4, 5), 6)

    def test_no_triangle(self):
        with self.assertRaises(ValueError):
            triangle(1, 1, 3)
