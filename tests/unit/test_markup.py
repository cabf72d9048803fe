"""What the laws of pages forbid is found: each page here breaks one, and only one."""

import pytest

from sim.report.contents import ReportData
from sim.report.html import html_report
from tests.markup import faults

PAGE = html_report(
    ReportData(title="office", description="", period="a day", provenance={}, currency="USD")
)
TABLE = """<div class="scroll" role="region" tabindex="0"><table><caption>Costs</caption>
<thead><tr><th scope="col">Month</th><th scope="col">Cost</th></tr></thead>
<tbody><tr><th scope="row">2026-09</th><td>1</td></tr></tbody></table></div>"""
FIGURE = """<figure><figcaption>Costs</figcaption>
<svg role="img"><title>Costs</title><desc>None.</desc></svg></figure>"""


def with_inside(part: str) -> str:
    return PAGE.replace("</main>", f"{part}</main>")


def test_a_page_without_faults_has_none() -> None:
    assert faults(PAGE) == []
    assert faults(with_inside(TABLE + FIGURE)) == []


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ("<!DOCTYPE html>", "<!DOCTYPE HTML>", "does not say that it is HTML"),
        (' lang="en"', "", "has no language"),
        ("<title>office: cost, waiting, availability", "<title>", "has no title"),
        ('name="viewport"', 'name="view"', "has no viewport"),
        ("default-src 'none'", "default-src *", "does not forbid what it does not need"),
        ("</header>", "</header><p>x</p>", "is outside of all landmarks: ['p']"),
        ("<nav aria-label=", "<nav data-label=", "a <nav> has no name"),
        ("<h1>office</h1>", "<h1></h1>", "a heading is empty"),
        ("<h1>office</h1>", "<h3>office</h3>", "does not begin with its only main heading"),
        ('<h2 id="answer">The answer</h2>', '<h4 id="answer">The answer</h4>', "leaves out"),
        ('id="cost"', 'id="costs"', "nothing has the id cost"),
        ('id="cost"', 'id="waiting"', "the id waiting is there 2 times"),
        ('<a href="#cost">Cost</a>', '<a href="#cost"></a>', "the link to #cost has no words"),
        ('<li><a href="#cost">Cost</a></li>', "", "the contents list"),
    ],
)
def test_a_fault_of_the_page_is_found(was: str, becomes: str, fault: str) -> None:
    broken = PAGE.replace(was, becomes)
    assert broken != PAGE
    assert any(found.startswith(fault) for found in faults(broken)), faults(broken)


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ('class="scroll"', 'class="box"', "a table does not scroll by itself"),
        ('role="region" ', "", "what scrolls is not a region"),
        ('tabindex="0"', "", "a keyboard cannot scroll a region"),
        ("<caption>Costs</caption>", "", "a table has no caption"),
        (' scope="col">Cost', ">Cost", "['Costs']: a head does not say of what"),
        (">Cost</th>", "></th>", "['Costs']: a column has no head"),
        ("<td>1</td>", "<td>1</td><td>2</td>", "['Costs']: rows have [2, 3] cells"),
        ('<th scope="row">2026-09</th>', "<td>2026-09</td>", "['Costs']: a row has no head"),
        ("<figcaption>Costs</figcaption>", "", "a figure has no caption"),
        ("<desc>None.</desc>", "", "a picture does not say what it shows"),
        ('role="img"', "", "a picture does not say what it shows"),
        ("<figure>", "<figure></figure><figure>", "a figure has no caption"),
    ],
)
def test_a_fault_of_a_table_or_a_figure_is_found(was: str, becomes: str, fault: str) -> None:
    broken = with_inside((TABLE + FIGURE).replace(was, becomes))
    assert broken != with_inside(TABLE + FIGURE)
    assert any(found.startswith(fault) for found in faults(broken)), faults(broken)


@pytest.mark.parametrize(
    ("part", "fault"),
    [
        ("<script>1</script>", "has a <script>"),
        ('<img src="x.png" alt="x">', "<img> has src"),
        ('<svg><image href="x.png" /></svg>', "a drawing shows x.png"),
        ('<p onclick="x()">x</p>', "<p> has onclick"),
        ('<p style="background: url(//x)">x</p>', "<p> loads //x"),
        ('<p style="background: url(#x)">x</p>', "nothing has the id x"),
        ("<style>@import 'x'</style>", "a style loads something"),
        ('<a href="javascript:x()">x</a>', "a link leads to javascript:x()"),
        ("<section><h2>x</h2></section>", "a <section> has no name"),
        ("<svg></svg>", "a picture is not in a figure"),
        (f"<p>{'x' * 1_000_000}</p>", "is as large as 1,0"),
    ],
)
def test_what_does_not_belong_there_is_found(part: str, fault: str) -> None:
    found = faults(with_inside(part))
    assert any(one.startswith(fault) for one in found), found


@pytest.mark.parametrize("part", ["<p><b>x</p></b>", "<p>x", "</p>", '<p id="x" id="y">x</p>'])
def test_tags_that_do_not_pair_up_are_refused(part: str) -> None:
    with pytest.raises(AssertionError):
        faults(with_inside(part))
