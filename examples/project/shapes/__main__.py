"""python3 shapes.pyz rectangle 2 3"""

import sys

from shapes import parse

sys.stdout.write(f"{parse(' '.join(sys.argv[1:])):g}\n")
