"""`python -m sim` is `desksim`."""

from sim.cli import main

if __name__ == "__main__":
    main()
