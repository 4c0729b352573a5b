"""Walks through a list from the pages of its rows, as people do with `[` and `]`."""

from tests.http.pages.desk_visits import Visitor


async def assert_rows_lead_on(person: Visitor, address: str, cells: str) -> list[str]:
    """Each row leads to the rows beside it, and back to itself in the same list. Return the links of the rows."""
    rows = (await person.get(address)).links(cells)
    assert len(rows) >= 2
    for n, row in enumerate(rows):
        page = await person.get(row)
        assert page.status == 200, page.text
        assert page.links(".neighbours a[rel=prev]") == rows[max(n - 1, 0) : n], n
        assert page.links(".neighbours a[rel=next]") == rows[n + 1 : n + 2], n
        back, _, row_id = page.links(".neighbours a")[0].partition("#")
        assert back == address
        there = await person.get(back)
        assert [link for link in there.links(f'[id="{row_id}"] a') if link == row] == [row]
    alone = rows[0].partition("?")[0]
    assert (await person.get(alone)).all(".neighbours") == []
    assert (await person.get(f"{alone}?list=cursor%3D%25")).status == 200
    return rows
