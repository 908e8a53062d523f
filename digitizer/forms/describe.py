"""A form in words, for the terminal."""

from digitizer.domain.form import FormSpec, PageSpec, RuleSpec


def describe_form(form: FormSpec) -> str:
    """A summary for people: title, version, pages with their fields, and the rules as sums."""
    notes = ["reference layout, not the official print"] if form.reference_layout else []
    lines = [
        f"{form.id}  {form.title}",
        "  " + ", ".join([f"year {form.year}", f"version {form.version}", *notes]),
        *(f"  {_page(page)}" for page in form.pages),
        "  rules",
        *(f"    {_rule(rule)}" for rule in form.rules),
    ]
    return "\n".join(lines)


def _page(page: PageSpec) -> str:
    boxes = sum(len(field.digit_boxes) for field in page.fields)
    tag = f"tag {page.tag.id}" if page.tag else "no tag"
    names = ", ".join(field.id for field in page.fields)
    return (
        f"page {page.number}: {page.size.width:g} x {page.size.height:g} mm, {tag}, "
        f"{len(page.fiducials)} corner marks, {len(page.private)} private cells, "
        f"{len(page.fields)} fields in {boxes} boxes: {names}"
    )


def _rule(rule: RuleSpec) -> str:
    left = " + ".join(rule.terms)
    if rule.reserve_rate is not None:
        left = f"{left} + {rule.reserve_rate * 100:g} % reserve"
    sign = "=" if rule.relation == "equals" else "<="
    right = rule.target if rule.target is not None else rule.constant
    return f"{rule.severity:4}  {rule.id}: {left} {sign} {right}"
