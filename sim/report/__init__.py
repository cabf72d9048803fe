"""Tables to what people read: figures, and one page of HTML.

A result that stays in a table is not read. This floor turns the plain tables and numbers of a run
into the forms its readers already use, and adds nothing to them: every number shown was measured or
charged below, here it is only rounded for the eye. The answer stands first, in words, with what it
rests on.

- `sim.report.figures`: functions that take plain data and an `Axes`, and return it
- `sim.report.style`: colours, hatches and labels; `sim.report.svg`: a figure as SVG for any page
- `sim.report.contents`: what a report is about, as plain rows
- `sim.report.wording`: the answer in a paragraph, and how numbers are written
- `sim.report.html`: the page

Left out: measuring (`sim.study`), and where files go (`sim.api`). Import the module that you need:
Matplotlib and Jinja2 are loaded only then.
"""
