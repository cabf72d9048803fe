"""What a run amounts to: numbers over a window, taken from the facts it recorded.

A run records what happened and knows no averages. Here a window is chosen, `[0, end)` of the
measured time, and what lies in the warm-up before it is cut away. So the same facts answer a
question that was not asked when they were recorded.
"""
