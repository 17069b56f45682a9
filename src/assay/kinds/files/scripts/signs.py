"""What a script does, by the words that cannot be avoided to do it: fetch, run, hide, disarm, stay, write code into memory, start
by itself. Names of functions and programs are facts of Windows; how they weigh together is in `detector`.
"""

from __future__ import annotations

import re


class Sign:
    """A pattern, and words of which one stands in whatever it matches: a search for those is a hundred times as fast, and most
    texts hold none of them."""

    def __init__(self, words: str, pattern: re.Pattern[str]) -> None:
        self.words, self.pattern = tuple(words.split()), pattern

    def search(self, text: str, lowered: str | None = None) -> re.Match[str] | None:
        """`lowered`: the text in lower case, where that is at hand."""
        plain = text.lower() if lowered is None else lowered
        return self.pattern.search(text) if any(word in plain for word in self.words) else None


FETCH = Sign(
    "download webclient invoke-webrequest invoke-restmethod iwr irm start-bitstransfer bitsadmin certutil xmlhttp winhttp internetopenurl curl wget mshta regsvr32 msiexec rundll32 davwwwroot internetexplorer.application httpclient msxml2",
    re.compile(
    r"Download(?:File|String|Data)(?:Async)?\b|Net\.WebClient|Invoke-(?:WebRequest|RestMethod)|\b(?:iwr|irm)\s+[\"'(]?(?:-\w+\s+)*[\"'(]?h|Start-BitsTransfer"
    r"|bitsadmin[^\n]{0,80}/transfer|certutil[^\n]{0,80}-urlcache|URLDownloadToFile|MSXML2\.(?:Server)?XMLHTTP|Microsoft\.XMLHTTP"
    r"|WinHttp\.WinHttpRequest|InternetOpenUrl|\b(?:curl|wget)(?:\.exe)?\s[^\n|]{0,300}https?:|\bmshta(?:\.exe)?[\"']?\s+[\"']?(?:https?:|javascript:|vbscript:)"
    r"|regsvr32[^\n]{0,120}/i:\s*[\"']?https?:|msiexec[^\n]{0,80}https?:|rundll32[^\n]{0,80}\\\\[\w.-]+@|\\DavWWWRoot\\|InternetExplorer\.Application"
    r"|HttpClient\b|Msxml2\.DOMDocument[^\n]{0,200}https?:",
    re.IGNORECASE,
),
)  # fmt: skip
RUN = Sign(
    "invoke-expression iex start-process shellexecute winexec createprocess win32_process cmd powershell rundll32 mshta regsvr32 assembly executeglobal scriptblock invoke-item start",
    re.compile(
    r"Invoke-Expression|(?<![\w$.-])iex\b|Start-Process|ShellExecute|\bWinExec\b|\bCreateProcess[AW]?\b|Win32_Process\b"
    r"|\bcmd(?:\.exe)?[\"']?\s+/[ck]\b|\bpowershell(?:\.exe)?\b[^\n]{0,40}\s-|\brundll32(?:\.exe)?\s|\bmshta(?:\.exe)?\s|\bregsvr32(?:\.exe)?\s"
    r"|Reflection\.Assembly\]::Load|\bAssembly\.Load\(|ExecuteGlobal|\[scriptblock\]::create|\bInvoke-Item\b|\bstart\s+(?:/\w+\s+)*[\"']?%(?:temp|appdata)%",
    re.IGNORECASE,
),
)  # fmt: skip
# An object that can run something, and the call by which it does: scripts use the object for other things too.
HOST_SHELL = Sign("wscript.shell shell.application", re.compile(r"WScript\.Shell|Shell\.Application", re.IGNORECASE))
CALL = Sign(
    "run exec shellexecute",
    re.compile(r"(?<!Application)\.(?:Run|Exec|ShellExecute)\b|[\"'](?:Run|Exec|ShellExecute)[\"']", re.IGNORECASE),
)
RUN_VBA = Sign(
    "shell executeexcel4macro scriptcontrol",
    re.compile(
        r"(?<![\w.\"])Shell\s*(?:\(|\s(?!\s*(?:As|sort)\b)\s*[\w\"])|\bExecuteExcel4Macro\b|\bScriptControl\b",
        re.IGNORECASE,
    ),
)
HIDE = Sign(
    "-w windowstyle vbhide .run sw_hide createnowindow",
    re.compile(
    r"-w(?:i|in|ind|indo|indow|indows\w*)?\s+[\"']?(?:h|hi|hid\w*|1)\b|WindowStyle[\s.:=\]]{1,4}Hidden|\bvbHide\b|\.Run\s*\(?[^\n]{1,300},\s*(?:0|False)\s*(?:[,)\r\n;]|$)"
    r"|\bSW_HIDE\b|CreateNoWindow\s*=\s*\$?true",
    re.IGNORECASE,
),
)  # fmt: skip
PLACE = Sign(
    "%temp% %tmp% %appdata% %localappdata% %public% %programdata% $env: gettemppath environ specialfolder \\appdata\\ \\users\\public",
    re.compile(r"%(?:temp|tmp|appdata|localappdata|public|programdata)%|\$env:(?:temp|tmp|appdata|localappdata|public)|GetTempPath|Environ\(\s*\"(?:temp|tmp|appdata|public)|SpecialFolders|GetSpecialFolder|\\AppData\\|\\Users\\Public", re.I),
)  # fmt: skip
DISARM = Sign(
    "mppreference windefend securityhealthservice sense wscsvc amsi disableantispyware disablerealtimemonitoring firewall etweventwrite msmpeng",
    re.compile(
    r"(?:Set|Add)-MpPreference[^\n]{0,200}-(?:Disable\w+\s+(?:\$?true|1)|Exclusion\w+)|sc(?:\.exe)?\s+(?:stop|delete|config)\s+[\"']?(?:WinDefend|SecurityHealthService|Sense|wscsvc)"
    r"|amsiInitFailed|AmsiUtils|AmsiScanBuffer|DisableAntiSpyware|DisableRealtimeMonitoring[\"']?\s*[,=\s]\s*[\"']?(?:1|\$true|dword:0*1)"
    r"|netsh\s+(?:adv)?firewall\s+set\s+[^\n]{0,60}(?:state\s+off|opmode\s+(?:mode=)?disable)|EtwEventWrite|taskkill[^\n]{0,40}MsMpEng",
    re.IGNORECASE,
),
)  # fmt: skip
STAY = Sign(
    "currentversion schtasks scheduledtask startup schedule.service __eventfilter commandlineeventconsumer",
    re.compile(
    r"CurrentVersion\\+Run(?:Once)?\b|schtasks(?:\.exe)?[^\n]{0,20}/create|Register-ScheduledTask|New-ScheduledTaskAction|\\Start Menu\\Programs\\Startup"
    r"|SpecialFolders\(?\s*[\"']Startup|Schedule\.Service|__EventFilter|CommandLineEventConsumer",
    re.IGNORECASE,
),
)  # fmt: skip
MEMORY = Sign(
    "virtualalloc virtualprotect heapcreate ntallocatevirtualmemory",
    re.compile(r"VirtualAlloc(?:Ex)?\b|VirtualProtect\b|HeapCreate\b|NtAllocateVirtualMemory", re.IGNORECASE),
)
MEMORY_RUN = Sign(
    "createthread createremotethread rtlmovememory writeprocessmemory getdelegateforfunctionpointer queueuserapc enumsystemlocales callwindowproc settimer",
    re.compile(r"CreateThread\b|CreateRemoteThread\b|RtlMoveMemory\b|WriteProcessMemory\b|GetDelegateForFunctionPointer|QueueUserAPC|EnumSystemLocales\w?|CallWindowProc\w?\b|SetTimer\b", re.I),
)  # fmt: skip
STARTS = Sign(
    "sub",
    re.compile(
    r"\bSub\s+(?:Auto_?(?:Open|Exec|Close|New|Exit)|Document_?(?:Open|New|Close|BeforeClose|Change)|Workbook_(?:Open|Activate|BeforeClose|SheetActivate)|Worksheet_(?:Activate|Calculate)|Presentation_(?:Open|Close)|SlideShow\w*|App_\w+Open|\w+_(?:Layout|Painted|Painting|Resize|GotFocus|LostFocus|MouseMove|MouseHover|BeforeNavigate2|NavigateComplete2|BeforeScriptExecute))\b",
    re.IGNORECASE,
),
)  # fmt: skip
BARE = re.compile(r"(?:https?:)?//\d{1,3}(?:\.\d{1,3}){3}[:/]")  # a machine without a name
# Texts for Unix, where fetching and running is how honest installers work too: only what hides itself counts.
PIPED = re.compile(r"\b(?:curl|wget)\b[^\n|;]{0,400}\|\s*(?:sudo\s+)?(?:env\s+)?(?:/bin/)?(?:ba|z|da)?sh\b")
DECODED_PIPE = re.compile(
    r"\bbase64\s+(?:-d|-D|--decode)\b[^\n|;]{0,200}\|\s*(?:gunzip\s*\|\s*|gzip\s+-d\s*\|\s*)?(?:sudo\s+)?(?:/bin/)?(?:ba|z|da)?sh\b"
)
DECODED_RUN = re.compile(
    r"\bexec\s*\(\s*(?:__import__\s*\(\s*[\"'](?:zlib|base64|marshal|codecs)[\"']\s*\)|(?:\w+\.)?(?:b64decode|a85decode|b85decode|decompress|loads|unhexlify|fromhex)\s*\()"
    r"|\bexec\s*\(\s*(?:compile\s*\(\s*)?(?:zlib|base64|marshal|bz2|lzma|codecs)\.\w+\s*\(\s*(?:(?:zlib|base64|marshal|bz2|lzma|codecs)\.\w+\s*\(\s*)?b?[\"'][A-Za-z0-9+/=\\]{60,}",
)  # fmt: skip
DECODED_JS = re.compile(
    r"\beval\s*\(\s*(?:atob|unescape|Buffer\.from|decodeURIComponent)\s*\(\s*[\"'][A-Za-z0-9+/=%]{80,}"
)
HOST = Sign(
    "activexobject wscript winmgmts",
    re.compile(
    r"ActiveXObject\s*\(\s*[\"'](?:WScript|Shell\.|ADODB|Scripting\.File|Schedule)|\bWScript\.(?:Shell|CreateObject|Arguments|Quit|Sleep|Echo|ScriptFullName)"
    r"|\bGetObject\s*\(\s*[\"']winmgmts", re.IGNORECASE,
),
)  # fmt: skip

__all__ = [
    "BARE", "CALL", "DECODED_JS", "DECODED_PIPE", "DECODED_RUN", "DISARM", "FETCH", "HIDE", "HOST", "HOST_SHELL", "MEMORY", "MEMORY_RUN", "PIPED", "PLACE", "RUN",
    "RUN_VBA", "STARTS", "STAY", "Sign",
]  # fmt: skip
