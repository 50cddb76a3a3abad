"""`python -m edgepose`, the same as `edgepose`."""

import sys

from edgepose.cli import main

sys.exit(main())
