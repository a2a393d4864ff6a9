"""HTML to PDF. WeasyPrint needs Debian's Pango, so it is loaded only when a PDF is asked for."""

from typing import Any

from django.contrib.staticfiles import finders


def pdf(html: str, stylesheet: str) -> bytes:
    """A PDF of a page that refers to nothing outside itself."""
    return bytes(laid_out(html, stylesheet).write_pdf())


def laid_out(html: str, stylesheet: str) -> Any:
    """WeasyPrint's document, with its pages."""
    from weasyprint import CSS, HTML

    def nothing(url: str) -> dict[str, object]:
        raise ValueError(f"a PDF fetches nothing: {url.partition(':')[0]}")

    path = finders.find(stylesheet)
    assert isinstance(path, str), f"{stylesheet} is not among the static files"
    return HTML(string=html, url_fetcher=nothing).render(stylesheets=[CSS(filename=path)])
