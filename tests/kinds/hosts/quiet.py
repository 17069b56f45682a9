"""A quiet day, made by code: what servers, workstations and cloud accounts write down when nothing is wrong, with the honest things
that look most like an attack: management agents, updaters, backups, monitoring, administrators at work, people who mistype.

Shapes and values follow the products' own documentation; hosts and people are made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
SYSMON, SECURITY, SYSTEM = "Microsoft-Windows-Sysmon/Operational", "Security", "System"
DEFENDER, POWERSHELL, TASKS = (
    "Microsoft-Windows-Windows Defender/Operational",
    "Microsoft-Windows-PowerShell/Operational",
    "Microsoft-Windows-TaskScheduler/Operational",
)
S32, PF, PF86 = "C:\\Windows\\System32\\", "C:\\Program Files\\", "C:\\Program Files (x86)\\"
LOCAL, ROAMING = "C:\\Users\\eva\\AppData\\Local\\", "C:\\Users\\eva\\AppData\\Roaming\\"


def windows(channel: str, number: int, computer: str = "WS-0417.corp.example", **data: Any) -> dict[str, Any]:
    """An event as `evtx_dump` and exports write it."""
    system = {
        "Provider": {"#attributes": {"Name": channel.partition("/")[0]}}, "EventID": number, "Channel": channel, "Computer": computer,
        "TimeCreated": {"#attributes": {"SystemTime": ""}},
    }  # fmt: skip
    return {"Event": {"System": system, "EventData": data}}


def started(image: str, line: str, parent: str, parent_line: str = "", **more: Any) -> Iterator[dict[str, Any]]:
    """A process in both of the logs that tell of one."""
    yield windows(
        SYSMON,
        1,
        Image=image,
        CommandLine=line,
        ParentImage=parent,
        ParentCommandLine=parent_line or parent,
        User="CORP\\eva",
        **more,
    )
    yield windows(
        SECURITY,
        4688,
        NewProcessName=image,
        CommandLine=line,
        ParentProcessName=parent,
        SubjectUserName="eva",
        SubjectLogonId="0x3f21a",
    )


def workstation() -> Iterator[dict[str, Any]]:
    svchost, explorer = S32 + "svchost.exe", "C:\\Windows\\explorer.exe"
    yield from started(S32 + "wininit.exe", "wininit.exe", S32 + "smss.exe")
    yield from started(S32 + "services.exe", S32 + "services.exe", S32 + "wininit.exe")
    yield from started(S32 + "lsass.exe", S32 + "lsass.exe", S32 + "wininit.exe")
    yield from started(svchost, svchost + " -k netsvcs -p -s Schedule", S32 + "services.exe")
    yield from started(S32 + "taskhostw.exe", "taskhostw.exe Install $(Arg0)", svchost)
    yield from started(S32 + "rundll32.exe", S32 + "rundll32.exe /d acproxy.dll,PerformAutochkOperations", svchost)
    yield from started(S32 + "rundll32.exe", "rundll32.exe AppXDeploymentExtensions.OneCore.dll,ShellRefresh", svchost)
    yield from started(
        S32 + "rundll32.exe", "rundll32.exe " + S32 + "davclnt.dll,DavSetCookie corp.sharepoint.example https", svchost
    )
    yield from started(PF + "Microsoft Office\\root\\Office16\\OUTLOOK.EXE", '"OUTLOOK.EXE" /recycle', explorer)
    yield from started(
        S32 + "rundll32.exe",
        "rundll32.exe "
        + S32
        + "shell32.dll,OpenAs_RunDLL "
        + LOCAL
        + "Microsoft\\Windows\\INetCache\\Content.Outlook\\K1\\plan.dwg",
        PF + "Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    )
    yield from started(
        PF + "Microsoft Office\\root\\Office16\\EXCEL.EXE",
        '"EXCEL.EXE" "C:\\Users\\eva\\Documents\\budget.xlsx"',
        explorer,
    )
    yield from started(
        "C:\\Windows\\splwow64.exe",
        "C:\\Windows\\splwow64.exe 8192",
        PF + "Microsoft Office\\root\\Office16\\EXCEL.EXE",
    )
    yield from started(LOCAL + "Microsoft\\Teams\\Update.exe", '"Update.exe" --processStart "Teams.exe"', explorer)
    yield from started(LOCAL + "Programs\\Opera\\launcher.exe", "launcher.exe --scheduledautoupdate $(Arg0)", svchost)
    yield from started(
        ROAMING + "Zoom\\bin\\Zoom.exe",
        '"Zoom.exe" --url=zoommtg://corp.zoom.example/join',
        PF + "Google\\Chrome\\Application\\chrome.exe",
    )
    yield from started(
        S32 + "cmd.exe",
        "C:\\Windows\\system32\\cmd.exe /c net use H: \\\\files.corp.example\\home\\eva",
        S32 + "gpscript.exe",
    )
    for tool in ("net.exe", "net1.exe", "ipconfig.exe", "whoami.exe", "nslookup.exe"):
        yield from started(S32 + tool, tool, S32 + "cmd.exe")
    agent = "C:\\Windows\\CCM\\CcmExec.exe"
    yield from started(
        S32 + "WindowsPowerShell\\v1.0\\powershell.exe",
        '"powershell.exe" -NoLogo -Noninteractive -NoProfile -ExecutionPolicy Bypass "& \'C:\\Windows\\CCM\\SystemTemp\\9c1e.ps1\'"',
        agent,
    )
    yield from started(
        S32 + "WindowsPowerShell\\v1.0\\powershell.exe",
        'powershell.exe -NoProfile -executionPolicy bypass -file "C:\\Program Files (x86)\\Microsoft Intune Management Extension\\Content\\DetectionScripts\\a.ps1"',
        PF86 + "Microsoft Intune Management Extension\\AgentExecutor.exe",
    )
    encoded = "UABvAHcAZQByAFMAaABlAGwAbAAgAC0ATgBvAFAAcgBvAGYAaQBsAGUAIAAtAE4AbwBuAEkAbgB0AGUAcgBhAGMAdABpAHYAZQA="
    yield from started(
        S32 + "WindowsPowerShell\\v1.0\\powershell.exe",
        f"PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand {encoded}",
        S32 + "cmd.exe",
        f"C:\\Windows\\system32\\cmd.exe /C PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted -EncodedCommand {encoded}",
    )
    yield from started(
        S32 + "WindowsPowerShell\\v1.0\\powershell.exe",
        "powershell -c Get-Service | Export-Csv services.csv",
        S32 + "cmd.exe",
    )
    yield from started(
        S32 + "msiexec.exe", 'msiexec.exe /i "\\\\files.corp.example\\software\\7z2600-x64.msi" /qn', agent
    )
    yield from started(S32 + "certutil.exe", "certutil -verify -urlfetch C:\\certs\\web.cer", S32 + "cmd.exe")
    yield from started(S32 + "bitsadmin.exe", "bitsadmin /list /allusers", S32 + "cmd.exe")
    yield from started(
        S32 + "reg.exe", "reg query HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall /s", S32 + "cmd.exe"
    )
    yield from started(
        S32 + "vssadmin.exe", "vssadmin list shadows", PF + "Veeam\\Endpoint Backup\\Veeam.EndPoint.Manager.exe"
    )
    yield from started(S32 + "wevtutil.exe", "wevtutil qe Security /c:50 /rd:true /f:text", S32 + "cmd.exe")
    yield from started(S32 + "schtasks.exe", "schtasks /Query /FO CSV /V", S32 + "cmd.exe")
    yield from started(
        S32 + "netsh.exe",
        'netsh advfirewall firewall add rule name="Teams.exe" dir=in action=allow program="C:\\Program Files\\Teams\\Teams.exe"',
        S32 + "msiexec.exe",
    )
    yield from started(
        S32 + "regsvr32.exe", 'regsvr32.exe /s "C:\\Program Files\\7-Zip\\7-zip.dll"', S32 + "msiexec.exe"
    )
    yield from started(S32 + "wbem\\WMIC.exe", "wmic bios get serialnumber", S32 + "cmd.exe")
    yield from started(S32 + "wscript.exe", "wscript.exe \\\\corp.example\\NETLOGON\\drives.vbs", S32 + "gpscript.exe")
    for source in ("MsMpEng.exe", "wmiprvse.exe", "svchost.exe", "taskmgr.exe", "csrss.exe"):
        place = (
            "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.26010.5-0\\"
            if source == "MsMpEng.exe"
            else S32
        )
        yield windows(SYSMON, 10, SourceImage=place + source, TargetImage=S32 + "lsass.exe", GrantedAccess="0x1410")
        yield windows(SYSMON, 8, SourceImage=place + source, TargetImage=svchost, StartFunction="-")
    yield windows(
        SYSMON,
        7,
        Image=PF + "Microsoft Office\\root\\Office16\\WINWORD.EXE",
        ImageLoaded=S32 + "jscript9.dll".replace("9", ""),
        Signed="true",
    )
    for program, address in (
        (S32 + "svchost.exe", "20.54.232.160"), (LOCAL + "Microsoft\\OneDrive\\OneDrive.exe", "13.107.42.12"), (S32 + "rundll32.exe", "13.107.4.50"),
        (PF + "WindowsApps\\Microsoft.WindowsNotepad_11.2512\\Notepad\\Notepad.exe", "20.42.65.92"), (S32 + "certutil.exe", "152.199.19.161"), (S32 + "wscript.exe", "10.20.4.11"),
    ):  # fmt: skip
        yield windows(
            SYSMON, 3, Image=program, Initiated="true", DestinationIp=address, DestinationPort="443", Protocol="tcp"
        )
    run = "HKU\\S-1-5-21-1-2-3-1107\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\"
    for name, details in (
        ("Run\\OneDrive", f'"{LOCAL}Microsoft\\OneDrive\\OneDrive.exe" /background'), ("Run\\com.squirrel.Teams.Teams", f'{LOCAL}Microsoft\\Teams\\Update.exe --processStart "Teams.exe"'),
        ("RunOnce\\wextract_cleanup0", f'rundll32.exe {S32}advpack.dll,DelNodeRunDLL32 "{LOCAL}Temp\\IXP000.TMP\\"'),
        ("RunOnce\\Delete Cached Update Binary", f'{S32}cmd.exe /q /c del /q "{LOCAL}Microsoft\\OneDrive\\Update\\OneDriveSetup.exe"'),
        ("Run\\MicrosoftEdgeAutoLaunch_1", f'"{PF86}Microsoft\\Edge\\Application\\msedge.exe" --no-startup-window --win-session-start'),
    ):  # fmt: skip
        yield windows(
            SYSMON, 13, EventType="SetValue", Image=LOCAL + "setup.exe", TargetObject=run + name, Details=details
        )
    yield windows(
        SYSMON,
        13,
        Image=S32 + "svchost.exe",
        TargetObject="HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\UserSettings\\S-1-5-21\\x",
        Details="Binary Data",
    )
    yield windows(
        SYSMON,
        13,
        Image="C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18\\MsMpEng.exe",
        TargetObject="HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Real-Time Protection\\DisableRealtimeMonitoring",
        Details="DWORD (0x00000000)",
    )
    yield windows(
        SYSMON,
        11,
        Image=explorer,
        TargetFilename=ROAMING + "Microsoft\\Windows\\Start Menu\\Programs\\Startup\\Send to OneNote.lnk",
    )
    yield windows(
        SYSMON,
        11,
        Image=S32 + "WerFault.exe",
        TargetFilename="C:\\ProgramData\\Microsoft\\Windows\\WER\\Temp\\WER1.tmp.mdmp",
    )
    for pipe in (
        "\\mojo.18712.12240.1234567890",
        "\\chrome.sync.1",
        "\\crashpad_4711_ABCDEF",
        "\\lsass",
        "\\wkssvc",
        "\\PSHost.133.17.DefaultAppDomain.powershell",
    ):
        yield windows(SYSMON, 17, PipeName=pipe, Image=PF + "Google\\Chrome\\Application\\chrome.exe")
    for name in ("login.microsoftonline.com", "update.googleapis.com", "wpad", "files.corp.example"):
        yield windows(SYSMON, 22, QueryName=name, Image=svchost, QueryStatus="0")
    yield windows(
        SYSMON,
        6,
        ImageLoaded="C:\\ProgramData\\Microsoft\\Windows Defender\\Definition Updates\\{8A}\\MpKslDrv.sys",
        Signed="true",
    )
    yield windows(
        SECURITY,
        4624,
        LogonType="2",
        TargetUserName="eva",
        IpAddress="127.0.0.1",
        LogonProcessName="User32",
        AuthenticationPackageName="Negotiate",
    )
    yield windows(
        SECURITY,
        4624,
        LogonType="9",
        TargetUserName="eva",
        IpAddress="::1",
        LogonProcessName="seclogo",
        AuthenticationPackageName="Negotiate",
        TargetOutboundUserName="adm-eva",
    )
    for number in (5, 7, 11):
        yield windows(
            SECURITY, 4624, LogonType=str(number), TargetUserName="eva", IpAddress="-", LogonProcessName="User32"
        )
    for _ in range(4):
        yield windows(
            SECURITY,
            4625,
            LogonType="7",
            TargetUserName="eva",
            IpAddress="127.0.0.1",
            Status="0xc000006d",
            SubStatus="0xc000006a",
        )
    task = "<Task><Actions><Exec><Command>{}</Command></Exec></Actions></Task>"
    for name, command in (
        ("\\OneDrive Standalone Update Task-S-1-5-21-1", LOCAL + "Microsoft\\OneDrive\\OneDriveStandaloneUpdater.exe"), ("\\GoogleUpdateTaskUserS-1-5-21-1", LOCAL + "Google\\Update\\GoogleUpdate.exe"),
        ("\\ZoomUpdateTaskUser-S-1-5-21-1", ROAMING + "Zoom\\bin\\installer\\Zoom.exe"), ("\\Opera scheduled Autoupdate 1700000000", LOCAL + "Programs\\Opera\\launcher.exe"),
        ("\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Work", "%systemroot%\\system32\\usoclient.exe"), ("\\Microsoft\\Office\\Office ClickToRun Service Monitor", PF + "Common Files\\Microsoft Shared\\ClickToRun\\OfficeC2RClient.exe"),
    ):  # fmt: skip
        yield windows(SECURITY, 4698, TaskName=name, TaskContent=task.format(command), SubjectUserName="eva")
    for name, path in (
        ("Google Chrome Elevation Service", f'"{PF}Google\\Chrome\\Application\\141.0\\elevation_service.exe"'), ("MpKslDrv", "C:\\ProgramData\\Microsoft\\Windows Defender\\Definition Updates\\{8A}\\MpKslDrv.sys"),
        ("Microsoft Edge Update Service (edgeupdate)", f'"{PF86}Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe" /svc'), ("PDQDeployRunner-1", "C:\\Windows\\AdminArsenal\\PDQDeployRunner\\service-1\\PDQDeployRunner-1.exe"),
    ):  # fmt: skip
        yield windows(
            SYSTEM, 7045, ServiceName=name, ImagePath=path, ServiceType="user mode service", StartType="demand start"
        )
    for number in (1000, 1001, 1013, 2000, 2001, 2010, 5007):
        yield windows(
            DEFENDER,
            number,
            **{
                "Product Name": "Microsoft Defender Antivirus",
                "New Value": "HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\SpyNet\\LastMAPSSuccessTime = 0x1",
            },
        )
    for text in (
        "Get-ChildItem -Path C:\\Logs | Where-Object LastWriteTime -lt (Get-Date).AddDays(-30) | Remove-Item",
        "function Get-MpComputerStatus { param() }",
        "$ErrorActionPreference='Stop'; Import-Module ConfigurationManager; (Get-WmiObject Win32_OperatingSystem).Caption",
    ):
        yield windows(POWERSHELL, 4104, ScriptBlockText=text, Path="C:\\Windows\\CCM\\SystemTemp\\9c1e.ps1")
    for number in (106, 140, 141, 200, 201):
        yield windows(
            TASKS, number, TaskName="\\Microsoft\\Windows\\UpdateOrchestrator\\Schedule Scan", UserName="SYSTEM"
        )
    yield windows(
        "Microsoft-Windows-Bits-Client/Operational",
        59,
        name="Chrome Component Updater",
        url="http://edgedl.me.gvt1.com/edgedl/release2/x.crx3",
    )


def server() -> Iterator[dict[str, Any]]:
    dc = "DC-01.corp.example"
    for i in range(400):
        yield windows(
            SECURITY,
            4768,
            dc,
            TargetUserName=f"user{i % 90}",
            IpAddress=f"::ffff:10.20.{i % 7}.{i % 200}",
            Status="0x0",
            TicketEncryptionType="0x12",
            PreAuthType="15",
        )
        yield windows(
            SECURITY,
            4769,
            dc,
            TargetUserName=f"user{i % 90}@CORP.EXAMPLE",
            ServiceName=f"SRV-{i % 9}$",
            IpAddress=f"::ffff:10.20.{i % 7}.{i % 200}",
            Status="0x0",
            TicketEncryptionType="0x12",
        )
        yield windows(
            SECURITY,
            4624,
            dc,
            LogonType="3",
            TargetUserName=f"user{i % 90}",
            IpAddress=f"10.20.{i % 7}.{i % 200}",
            LogonProcessName="Kerberos",
        )
        if i % 12 == 0:  # people mistype
            yield windows(
                SECURITY,
                4771,
                dc,
                TargetUserName=f"user{i % 90}",
                IpAddress=f"::ffff:10.20.{i % 7}.{i % 200}",
                Status="0x18",
            )
            yield windows(
                SECURITY,
                4625,
                "MAIL-02.corp.example",
                LogonType="3",
                TargetUserName=f"user{i % 90}",
                IpAddress="-",
                Status="0xc000006d",
            )
    yield windows(
        SECURITY,
        4769,
        dc,
        TargetUserName="svc-legacy@CORP.EXAMPLE",
        ServiceName="svc-sql",
        IpAddress="::ffff:10.20.1.9",
        Status="0x0",
        TicketEncryptionType="0x17",
    )
    yield windows(
        SECURITY,
        4662,
        dc,
        SubjectUserName="DC-02$",
        Properties="%%7688 {1131f6aa-9c07-11d1-f79f-00c04fc2dcd2}",
        ObjectType="domainDNS",
    )
    yield windows(
        SECURITY,
        4662,
        dc,
        SubjectUserName="MSOL_1a2b3c",
        Properties="%%7688 {1131f6ad-9c07-11d1-f79f-00c04fc2dcd2}",
        ObjectType="domainDNS",
    )
    yield windows(
        SECURITY, 4742, dc, SubjectUserName="WS-0417$", TargetUserName="WS-0417$", PasswordLastSet="3/2/2026 8:00:00 AM"
    )
    yield windows(SECURITY, 4720, dc, SubjectUserName="svc-identity", TargetUserName="new.colleague")
    yield windows(SECURITY, 4738, dc, SubjectUserName="helpdesk1", TargetUserName="user7")
    yield windows(SECURITY, 4724, dc, SubjectUserName="helpdesk1", TargetUserName="user7")
    yield windows(
        SECURITY,
        4732,
        SubjectUserName="WS-0999$",
        TargetUserName="Administrators",
        TargetSid="S-1-5-32-544",
        MemberSid="S-1-5-21-1-2-3-512",
    )
    yield windows(
        SECURITY, 4728, dc, SubjectUserName="svc-identity", TargetUserName="App-Users", TargetSid="S-1-5-21-1-2-3-4711"
    )
    yield windows(SECURITY, 5145, dc, ShareName="\\\\*\\IPC$", RelativeTargetName="srvsvc", IpAddress="10.20.3.4")
    yield windows(
        SECURITY,
        5145,
        dc,
        ShareName="\\\\*\\SYSVOL",
        RelativeTargetName="corp.example\\Policies\\{31B2}\\gpt.ini",
        IpAddress="10.20.3.4",
    )
    yield windows(
        SECURITY,
        5136,
        dc,
        SubjectUserName="svc-identity",
        AttributeLDAPDisplayName="member",
        ObjectDN="CN=App-Users,OU=Groups,DC=corp,DC=example",
    )
    yield windows(SECURITY, 4719, dc, SubjectUserName="DC-01$", AuditPolicyChanges="%%8449")
    for parent, line in (
        (PF + "Zabbix Agent 2\\zabbix_agent2.exe", "powershell.exe -NoProfile -File C:\\zabbix\\disk.ps1"),
        (PF + "Veeam\\Backup\\Veeam.Backup.Manager.exe", "powershell.exe -Command Get-VBRJob"),
    ):
        yield from started(S32 + "WindowsPowerShell\\v1.0\\powershell.exe", line, parent)
    yield from started(S32 + "inetsrv\\w3wp.exe", 'w3wp.exe -ap "DefaultAppPool"', S32 + "svchost.exe")
    yield from started(
        "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe",
        'csc.exe /noconfig @"C:\\Windows\\Temp\\x.cmdline"',
        S32 + "inetsrv\\w3wp.exe",
    )
    yield from started(S32 + "conhost.exe", "conhost.exe 0xffffffff", S32 + "wsmprovhost.exe")
    yield windows(SYSTEM, 7036, param1="Windows Update", param2="running")
    yield windows(SYSTEM, 6005, Data="The Event log service was started.")


def linux() -> Iterator[str]:
    """Lines of syslog and of the audit log, from a web server, a container host and a jump host."""

    def line(program: str, message: str) -> str:
        return f"Mar  2 06:00:01 web01 {program}: {message}"

    for i in range(60):
        yield line(f"CRON[{2000 + i}]", "(root) CMD (   cd / && run-parts --report /etc/cron.hourly)")
        yield line(
            "sshd[811]",
            f"Accepted publickey for deploy from 10.20.9.{i % 30} port {40000 + i} ssh2: ED25519 SHA256:abc",
        )
        yield line("systemd[1]", "Started session-12.scope - Session 12 of User deploy.")
    for i in range(6):
        yield line("sshd[912]", f"Failed password for eva from 10.20.9.4 port {50000 + i} ssh2")
    yield line("sshd[912]", "Accepted password for eva from 10.20.9.4 port 50010 ssh2")
    for command in (
        "/usr/bin/apt-get update", "/usr/bin/systemctl restart nginx", "/usr/bin/systemctl reload rsyslog", "/usr/bin/tail -f /var/log/auth.log", "/usr/sbin/useradd -m -s /bin/bash new.colleague",
        "/bin/sh -c echo BECOME-SUCCESS-abcdef ; /usr/bin/python3 /home/deploy/.ansible/tmp/ansible-tmp-1/AnsiballZ_setup.py", "/usr/sbin/iptables -L -n", "/usr/bin/cat /etc/shadow.lock",
    ):  # fmt: skip
        yield line("sudo", f"  deploy : TTY=pts/0 ; PWD=/home/deploy ; USER=root ; COMMAND={command}")
    yield line(
        "kernel",
        '[ 12.3] audit: type=1400 audit(1772431201.1:2): apparmor="STATUS" operation="profile_load" name="lsb_release"',
    )
    yield line("unattended-upgrade[1]", "Packages that will be upgraded: openssl libssl3")
    yield line(
        "dockerd[900]",
        'time="2026-03-02T06:00:01Z" level=info msg="ignoring event" module=libcontainerd namespace=moby topic=/tasks/delete',
    )
    yield line("su[77]", "(to postgres) root on none")
    yield line("passwd[81]", "pam_unix(passwd:chauthtok): password changed for new.colleague")
    runs = (
        ("/usr/bin/cp", ("cp", "-p", "/etc/passwd", "/var/backups/passwd.bak")), ("/usr/bin/curl", ("curl", "-fsSL", "-o", "/tmp/node_exporter.tar.gz", "https://releases.example/node_exporter.tar.gz")),
        ("/usr/bin/docker", ("docker", "run", "-d", "--net=host", "--pid=host", "-v", "/:/host:ro,rslave", "quay.io/prometheus/node-exporter", "--path.rootfs=/host")),
        ("/usr/bin/docker", ("docker", "run", "--privileged", "-d", "docker:dind")), ("/usr/bin/ln", ("ln", "-sf", "/dev/null", "/etc/systemd/system/motd-news.service")),
        ("/usr/bin/rm", ("rm", "-f", "/var/log/app/old.log")), ("/usr/sbin/logrotate", ("logrotate", "/etc/logrotate.conf")), ("/usr/bin/chmod", ("chmod", "2775", "/srv/share")),
        ("/usr/bin/rsync", ("rsync", "-a", "/srv/", "backup01:/srv/")), ("/usr/bin/rclone", ("rclone", "sync", "/srv/backup", "s3:corp-backup")), ("/usr/sbin/auditctl", ("auditctl", "-R", "/etc/audit/audit.rules")),
        ("/usr/bin/base64", ("base64", "-d", "token.b64")), ("/usr/bin/nsenter", ("nsenter", "-t", "1", "-m", "-u", "-n", "-i", "/usr/bin/cni-install")), ("/usr/bin/nc", ("nc", "-zv", "db01", "5432")),
        ("/usr/bin/tee", ("tee", "/etc/nginx/conf.d/site.conf")), ("/usr/bin/ssh", ("ssh", "-L", "8443:db01:5432", "jump01")), ("/usr/bin/python3.12", ("python3", "-m", "http.server", "--bind", "127.0.0.1")),
        ("/memfd:runc_cloned:/proc/self/exe (deleted)", ("runc", "init")), ("/tmp/.mount_DrawioX1/drawio", ("drawio",)),
    )  # fmt: skip
    for serial, (image, words) in enumerate(runs, 100):
        stamp = f"audit(1772431201.{serial}:{serial})"
        yield f'type=SYSCALL msg={stamp}: arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid={serial} auid=1000 uid=0 gid=0 euid=0 tty=(none) ses=3 comm="{words[0][:15]}" exe="{image}" subj=unconfined key="exec"'
        arguments = " ".join(f'a{i}="{word}"' for i, word in enumerate(words))
        yield f"type=EXECVE msg={stamp}: argc={len(words)} {arguments}"
        yield f'type=CWD msg={stamp}: cwd="/root"'
        yield f"type=PROCTITLE msg={stamp}: proctitle={' '.join(words).encode().hex().upper()}"
    yield "type=USER_LOGIN msg=audit(1772431300.1:900): pid=1 uid=0 auid=1000 ses=4 msg='op=login id=1000 exe=\"/usr/sbin/sshd\" hostname=10.20.9.4 addr=10.20.9.4 terminal=ssh res=success'"
    yield 'type=SERVICE_START msg=audit(1772431300.2:901): pid=1 uid=0 auid=4294967295 ses=4294967295 msg=\'unit=apt-daily comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success\''


def cloud() -> Iterator[dict[str, Any]]:
    def aws(service: str, name: str, who: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "eventVersion": "1.11", "userIdentity": who, "eventTime": "", "eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": "eu-central-1",
            "sourceIPAddress": "198.51.100.20", "userAgent": "aws-cli/2.17", "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": "111122223333", **more,
        }  # fmt: skip

    role = {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/ci/build",
        "accountId": "111122223333",
    }
    person = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/eva", "userName": "eva"}
    for i in range(40):
        yield aws(
            "sts",
            "AssumeRole",
            {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
            requestParameters={"roleArn": "arn:aws:iam::111122223333:role/app"},
        )
        yield aws("ec2", f"Describe{('Instances', 'Vpcs', 'Images', 'Subnets')[i % 4]}", role)
        yield aws(
            "secretsmanager",
            "GetSecretValue",
            role,
            requestParameters={"secretId": f"app/{i % 25}"},
            userAgent="aws-sdk-go/1.55 external-secrets/0.9",
        )
    for i in range(15):  # a person who may only look opens the console
        yield aws(
            ("ce", "iam", "ec2", "s3", "rds")[i % 5],
            f"List{i}",
            person,
            errorCode="AccessDenied",
            errorMessage="not authorized",
            sessionCredentialFromConsole="true",
        )
    yield aws(
        "signin",
        "ConsoleLogin",
        person,
        eventType="AwsConsoleSignIn",
        responseElements={"ConsoleLogin": "Success"},
        additionalEventData={"MFAUsed": "Yes", "MobileVersion": "No"},
    )
    yield aws(
        "iam",
        "CreateRole",
        role,
        requestParameters={"roleName": "app-role"},
        userAgent="APN/1.0 HashiCorp/1.0 Terraform/1.9",
    )
    yield aws(
        "iam",
        "CreateAccessKey",
        person,
        requestParameters={"userName": "eva"},
        responseElements={"accessKey": {"userName": "eva", "status": "Active"}},
    )
    yield aws(
        "s3",
        "PutBucketPolicy",
        role,
        requestParameters={
            "bucketName": "logs",
            "bucketPolicy": {
                "Statement": [{"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}}]
            },
        },
    )
    yield aws("cloudtrail", "DescribeTrails", role)
    yield aws("logs", "PutRetentionPolicy", role)
    for i in range(60):
        wrong = i % 6 == 0
        yield {
            "time": "", "resourceId": "/tenants/11111111-2222-3333-4444-555555555555/providers/Microsoft.aadiam", "operationName": "Sign-in activity", "category": "SignInLogs", "tenantId": "11111111-2222",
            "resultType": "50126" if wrong else "0", "callerIpAddress": "198.51.100.7", "identity": f"User {i}",
            "properties": {"userPrincipalName": f"user{i}@corp.example", "appDisplayName": "Office 365 Exchange Online", "ipAddress": "198.51.100.7", "status": {"errorCode": 50126 if wrong else 0},
                           "clientAppUsed": "Browser", "conditionalAccessStatus": "success", "riskLevelDuringSignIn": "none", "deviceDetail": {"trustType": "Hybrid Azure AD joined"}},
        }  # fmt: skip
    yield {"activityDateTime": "", "activityDisplayName": "Add member to group", "loggedByService": "Core Directory", "category": "GroupManagement", "result": "success", "tenantId": "t",
           "initiatedBy": {"user": {"userPrincipalName": "helpdesk@corp.example"}}, "targetResources": [{"displayName": "App-Users"}]}  # fmt: skip
    for kind, result in (
        ("user.session.start", "SUCCESS"),
        ("user.authentication.auth_via_mfa", "SUCCESS"),
        ("user.authentication.sso", "SUCCESS"),
        ("policy.evaluate_sign_on", "ALLOW"),
        ("user.session.start", "FAILURE"),
        ("user.account.update_password", "SUCCESS"),
    ):
        yield {
            "uuid": "u",
            "published": "",
            "eventType": kind,
            "legacyEventType": "x",
            "displayMessage": kind,
            "severity": "INFO",
            "outcome": {"result": result},
            "actor": {"alternateId": "eva@corp.example", "type": "User"},
            "client": {"ipAddress": "198.51.100.7"},
        }
    for method in (
        "google.cloud.resourcemanager.v3.Projects.GetIamPolicy",
        "v1.compute.instances.list",
        "storage.objects.get",
        "google.logging.v2.ConfigServiceV2.ListSinks",
    ):
        yield {"protoPayload": {"@type": "type.googleapis.com/google.cloud.audit.AuditLog", "methodName": method, "serviceName": "compute.googleapis.com", "authenticationInfo": {"principalEmail": "ci@p.iam.gserviceaccount.com"},
               "requestMetadata": {"callerIp": "198.51.100.9"}}, "timestamp": "", "resource": {"type": "gce_instance"}, "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity"}  # fmt: skip
    yield {
        "kind": "admin#reports#activity",
        "id": {"time": "", "applicationName": "login"},
        "actor": {"email": "eva@corp.example"},
        "ipAddress": "198.51.100.7",
        "events": [
            {
                "type": "login",
                "name": "login_success",
                "parameters": [{"name": "login_type", "value": "google_password"}],
            }
        ],
    }


_TIMES = {"SystemTime", "eventTime", "time", "activityDateTime", "published", "timestamp"}


def stamped(records: Iterator[dict[str, Any]], every: float) -> Iterator[str]:
    """JSON lines, each at its own time."""
    for number, record in enumerate(records):
        moment = (START + timedelta(seconds=every * number)).isoformat().replace("+00:00", "Z")
        text = json.dumps(record)
        for name in _TIMES:
            text = text.replace(f'"{name}": ""', f'"{name}": "{moment}"')
        yield text
