"""`python -m edgepose.vision LINK_FD PAGE_FD`: started by the daemon, not by people."""

import sys

from edgepose.vision.process import main

sys.exit(main(sys.argv[1:]))
