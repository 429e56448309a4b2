"""`python -m web.admin COMMAND`: see `web.admin`."""

from . import main
from .console import explained

if __name__ == "__main__":
    explained(main)(prog_name="python -m web.admin")
