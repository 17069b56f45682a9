// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule shellcode_api_hash
{
    meta:
        description = "Code that finds the system's functions by hashed names: how position-independent shellcode begins"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1027.007, T1620"
        match_1 = "AAAAAAAAAAAAAAAAAAAAAAAAAAD86IIAAABgieUxwGSLUDA="
        match_2 = "/EiD5PDoyAAAAEFRQVBSUUiJAAAAAAAAAAAA"
        differ_1 = "/OgAAAAAYInl"
        differ_2 = "RkMgNDggODMgRTQgRjAgYXMgYSB0ZXh0"
    strings:
        $x86 = { FC E8 (82 | 89 | 8F) 00 00 00 60 (89 E5 31 | 31 D2 89 E5) }
        $x64 = { FC 48 83 E4 F0 E8 (C0 | C8 | CC) 00 00 00 41 51 41 50 52 }
    condition:
        any of them
}

rule reflective_loader
{
    meta:
        description = "A library that loads itself out of memory"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1620"
        match_1 = "TVoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFJlZmxlY3RpdmVMb2FkZXIAVmlydHVhbEFsbG9jAA=="
        differ_1 = "TVoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAExvYWRlclJlZmxlY3RpdmUAVmlydHVhbEFsbG9jAA=="
        differ_2 = "UmVmbGVjdGl2ZUxvYWRlciBWaXJ0dWFsQWxsb2M="
    strings:
        $a = "ReflectiveLoader" ascii
        $b = "_ReflectiveLoader@4" ascii
        $c = "VirtualAlloc" ascii
    condition:
        uint16(0) == 0x5A4D and ($b or ($a and $c)) and filesize < 10MB
}

rule autoit_compiled_shellcode
{
    meta:
        description = "A compiled AutoIt script that writes code into memory"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1059.010, T1055"
        match_1 = "o0hLvphsSqmZTFMKhtZIfUFVMyFFQTA2RGxsQ2FsbCBWaXJ0dWFsQWxsb2M="
        differ_1 = "QVUzIUVBMDYgRGxsQ2FsbCBWaXJ0dWFsQWxsb2M="
    strings:
        $au = { A3 48 4B BE 98 6C 4A A9 99 4C 53 0A 86 D6 48 7D 41 55 33 21 45 41 }
        $dll = "DllCall" nocase ascii wide
        $alloc = "VirtualAlloc" nocase ascii wide
    condition:
        $au and $dll and $alloc
}
