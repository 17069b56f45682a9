// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule mimikatz_strings
{
    meta:
        description = "Mimikatz, by what it says of itself"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1003.001, S0002"
        match_1 = "TVoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAHNla3VybHNhOjpsb2dvbnBhc3N3b3JkcwBnZW50aWxraXdpAA=="
        differ_1 = "YSB0ZXh0IGFib3V0IHNla3VybHNhOjpsb2dvbnBhc3N3b3JkcyBieSBnZW50aWxraXdp"
        differ_2 = "TVoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAG1pbWlkcnY="
    strings:
        $a = "sekurlsa::logonpasswords" ascii wide nocase
        $b = "gentilkiwi" ascii wide nocase
        $c = "lsadump::sam" ascii wide nocase
        $d = "kuhl_m_sekurlsa" ascii wide
        $e = "KiwiAndRegistryTools" ascii wide
        $f = "mimidrv" ascii wide
    condition:
        uint16(0) == 0x5A4D and 2 of them
}

rule beacon_configuration
{
    meta:
        description = "The configuration block of a well-known remote control beacon, hidden by one byte"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1027, S0154"
        match_1 = "AAAAAAAAAAAAAAAAAAAAAC4vLi8uLC4mLiwuLy4sAAAAAAAAAAAA"
        match_2 = "AAAAaWhpaGlraWFpa2loaWs="
        differ_1 = "Li8uLy4vLi8uLy4v"
    strings:
        $r2e = { 2E 2F 2E 2F 2E 2C (2E | 26) ?? 2E 2C 2E 2F 2E 2C }
        $r69 = { 69 68 69 68 69 6B (69 | 61) ?? 69 6B 69 68 69 6B }
    condition:
        any of them and filesize < 20MB
}

rule coin_miner
{
    meta:
        description = "A program that mines coins for somebody"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1496.001"
        match_1 = "f0VMRgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAHN0cmF0dW0rdGNwOi8vcG9vbC5leGFtcGxlLm9yZzozMzMzAGRvbmF0ZS1sZXZlbAByYW5kb214AA=="
        differ_1 = "f0VMRgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGNyeXB0b25pZ2h0IGlzIGEgaGFzaDsgeG1yaWcgdG9v"
        differ_2 = "c3RyYXR1bSt0Y3A6Ly9wb29sLmV4YW1wbGUub3JnOjMzMzMgZG9uYXRlLWxldmVs"
    strings:
        $pool = /stratum\+(tcp|ssl|udp):\/\/[A-Za-z0-9.-]{4,80}:[0-9]{2,5}/ ascii wide
        $a = "donate-level" ascii
        $b = "randomx" ascii nocase
        $c = "cryptonight" ascii nocase
        $d = "\"method\":\"mining." ascii
        $e = "xmrig" ascii nocase
    condition:
        (uint32be(0) == 0x7F454C46 or uint16(0) == 0x5A4D) and ($pool and 1 of ($a, $b, $c, $d, $e) or 4 of ($a, $b, $c, $d, $e))
}

rule preload_rootkit
{
    meta:
        description = "A preloaded library that hides files and itself"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1574.006, T1014"
        match_1 = "f0VMRgIBAQAAAAAAAAAAAAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC9ldGMvbGQuc28ucHJlbG9hZABkbHN5bQByZWFkZGlyNjQAcmVhZGRpcgBfX3hzdGF0AC9wcm9jL25ldC90Y3AA"
        differ_1 = "f0VMRgIBAQAAAAAAAAAAAAMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC9ldGMvbGQuc28ucHJlbG9hZAByZWFkZGlyAA=="
    strings:
        $pre = "/etc/ld.so.preload" ascii
        $next = "dlsym" ascii
        $a = "readdir64" ascii
        $b = "readdir" ascii
        $c = "__xstat" ascii
        $d = "/proc/net/tcp" ascii
        $e = "pam_authenticate" ascii
        $f = "__lxstat64" ascii
    condition:
        uint32be(0) == 0x7F454C46 and uint16(16) == 3 and filesize < 2MB and $pre and $next and 3 of ($a, $b, $c, $d, $e, $f)
}
