"""The crowd, its desktops, hosts and zones on a SimPy clock: the only floor that knows SimPy.

From a plan of intended sessions the model makes facts: what each logon met, what each desktop
was doing, what was metered. It computes no averages and knows no warm-up. The rules are in
docs/model.md.
"""

from sim.model.simulation import Engine, simulate

__all__ = ["Engine", "simulate"]
