// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule reverse_shell_bash
{
    meta:
        description = "A shell handed to a remote address by bash itself"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1059.004"
        match_1 = "IyEvYmluL2Jhc2gKYmFzaCAtaSA+JiAvZGV2L3RjcC8xOTIuMC4yLjcvNDQ0NCAwPiYxCg=="
        differ_1 = "IyEvYmluL2Jhc2gKKGVjaG8gPiAvZGV2L3RjcC9sb2NhbGhvc3QvODApICYmIGVjaG8gdXAK"
        differ_2 = "dGltZW91dCAxIGJhc2ggLWMgJzwvZGV2L3RjcC9kYi81NDMyJw=="
    strings:
        $a = /(ba|z|k)?sh\s{1,4}(-[il]{1,2}\s{0,4})?[0-9]?>&?\s{0,4}\/dev\/(tcp|udp)\/[0-9A-Za-z_.${}-]{3,80}\/[0-9$]/
        $b = /exec\s{1,4}[0-9]{1,3}<>\s{0,2}\/dev\/tcp\/[0-9A-Za-z_.${}-]{3,80}\/[0-9$][^\n]{0,200}\n?[^\n]{0,200}(<&|>&|sh\b)/
    condition:
        any of them and filesize < 1MB
}

rule reverse_shell_python
{
    meta:
        description = "A shell handed to a remote address by Python"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1059.006"
        match_1 = "aW1wb3J0IHNvY2tldCxzdWJwcm9jZXNzLG9zCnM9c29ja2V0LnNvY2tldCgpO3MuY29ubmVjdCgoIjE5Mi4wLjIuNyIsNDQ0NCkpCm9zLmR1cDIocy5maWxlbm8oKSwwKTtvcy5kdXAyKHMuZmlsZW5vKCksMSkKc3VicHJvY2Vzcy5jYWxsKFsiL2Jpbi9zaCIsIi1pIl0pCg=="
        differ_1 = "aW1wb3J0IHNvY2tldCwgb3MKcyA9IHNvY2tldC5zb2NrZXQoKQpzLmNvbm5lY3QoKGhvc3QsIDgwKSkKb3MuZHVwMihsb2cuZmlsZW5vKCksIDEpCg=="
    strings:
        $dup = /os\.dup2\s{0,4}\(\s{0,4}\w{1,20}\.fileno\s{0,4}\(\s{0,4}\)\s{0,4},\s{0,4}[012]\s{0,4}\)/
        $connect = /\.connect\s{0,4}\(\s{0,4}\(/
        $shell = /(pty\.spawn|subprocess\.(call|run|Popen)|os\.system)\s{0,4}\(\s{0,4}\[?\s{0,4}[\"'](\/bin\/)?(ba|z)?sh/
    condition:
        #dup >= 2 and $connect and $shell and filesize < 1MB
}

rule reverse_shell_powershell
{
    meta:
        description = "A shell handed to a remote address by PowerShell"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1059.001"
        match_1 = "JGMgPSBOZXctT2JqZWN0IFN5c3RlbS5OZXQuU29ja2V0cy5UQ1BDbGllbnQoJzE5Mi4wLjIuNycsNDQ0NCk7JHM9JGMuR2V0U3RyZWFtKCk7JGQ9KE5ldy1PYmplY3QgVGV4dC5BU0NJSUVuY29kaW5nKS5HZXRTdHJpbmcoJGIsMCwkaSk7aWV4ICRk"
        differ_1 = "JGMgPSBOZXctT2JqZWN0IFN5c3RlbS5OZXQuU29ja2V0cy5UQ1BDbGllbnQoJHNlcnZlciwgNDQzKTsgJGMuR2V0U3RyZWFtKCk7ICMgaXMgdGhlIHBvcnQgb3Blbj8="
    strings:
        $a = "Net.Sockets.TCPClient" nocase ascii wide
        $b = ".GetStream()" nocase ascii wide
        $c = /(iex|Invoke-Expression)\s{1,4}\$/ nocase ascii wide
        $d = "GetString(" nocase ascii wide
    condition:
        all of them and filesize < 2MB
}

rule shell_named_pipe
{
    meta:
        description = "A shell tied to a network tool through a named pipe"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1059.004"
        match_1 = "cm0gLWYgL3RtcC9mO21rZmlmbyAvdG1wL2Y7Y2F0IC90bXAvZnwvYmluL3NoIC1pIDI+JjF8bmMgMTkyLjAuMi43IDQ0NDQgPi90bXAvZg=="
        differ_1 = "bWtmaWZvIC90bXAvcGlwZTsgY2F0IC90bXAvcGlwZSB8IHNvcnQgfCBuYyBob3N0IDgw"
    strings:
        $a = /mk(fifo|nod)\s{1,4}[^\n;|&]{1,60}(;|&&|\n)[^\n]{0,80}\|\s{0,4}(\/bin\/)?(ba)?sh\s{1,4}-i[^\n]{0,60}\|\s{0,4}(nc|ncat|netcat|telnet|openssl\s{1,4}s_client)\b/
    condition:
        $a and filesize < 1MB
}

rule amsi_switched_off
{
    meta:
        description = "PowerShell that switches off the scanning of scripts (AMSI)"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1562.001"
        match_1 = "W1JlZl0uQXNzZW1ibHkuR2V0VHlwZSgnU3lzdGVtLk1hbmFnZW1lbnQuQXV0b21hdGlvbi5BbXNpVXRpbHMnKS5HZXRGaWVsZCgnYW1zaUluaXRGYWlsZWQnLCdOb25QdWJsaWMsU3RhdGljJykuU2V0VmFsdWUoJG51bGwsJHRydWUp"
        differ_1 = "R2V0LUhlbHAgYWJvdXRfQW1zaVV0aWxz"
        differ_2 = "QW1zaVNjYW5CdWZmZXIgaXMgYSBmdW5jdGlvbiBvZiBhbXNpLmRsbA=="
    strings:
        $a = "AmsiUtils" nocase ascii wide
        $b = "amsiInitFailed" nocase ascii wide
        $c = /\[Ref\]\.Assembly|GetField\s{0,4}\(/ nocase ascii wide
        $d = "AmsiScanBuffer" ascii wide
        $e = "VirtualProtect" ascii wide
        $f = "GetProcAddress" ascii wide
        $g = "Add-Type" nocase ascii wide
    condition:
        filesize < 5MB and (($a and $b and $c) or ($d and $e and $f and $g))
}
