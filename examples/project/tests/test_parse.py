import unittest

from shapes import parse


class ParseTest(unittest.TestCase):
    def test_shapes(self):
        self.assertEqual(parse("rectangle 2 3"), 6)
        self.assertEqual(parse("triangle 3 4 5"), 6)

    def test_mistakes(self):
        for text in ("hexagon 1", "circle", "rectangle 1"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse(text)
