// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule recovery_destroyed
{
    meta:
        description = "A program or script that destroys what Windows would be restored from"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1490"
        match_1 = "QGVjaG8gb2ZmDQp2c3NhZG1pbiBkZWxldGUgc2hhZG93cyAvYWxsIC9xdWlldA0KYmNkZWRpdCAvc2V0IHtkZWZhdWx0fSByZWNvdmVyeWVuYWJsZWQgbm8NCg=="
        differ_1 = "dnNzYWRtaW4gbGlzdCBzaGFkb3dzDQpiY2RlZGl0IC9lbnVtDQo="
        differ_2 = "dnNzYWRtaW4gZGVsZXRlIHNoYWRvd3MgaXMgd2hhdCByYW5zb213YXJlIGRvZXM="
    strings:
        $a = /vssadmin(\.exe)?[\"']?\s{1,8}delete\s{1,8}shadows/ nocase ascii wide
        $b = /wmic(\.exe)?\s{1,8}shadowcopy\s{1,8}delete/ nocase ascii wide
        $c = /bcdedit(\.exe)?\s{1,8}\/set\s{1,8}(\{default\}\s{1,8})?(recoveryenabled\s{1,8}no|bootstatuspolicy\s{1,8}ignoreallfailures)/ nocase ascii wide
        $d = /wbadmin(\.exe)?\s{1,8}delete\s{1,8}(catalog|systemstatebackup)/ nocase ascii wide
        $e = /wevtutil(\.exe)?\s{1,8}cl\s{1,8}(system|security|application)/ nocase ascii wide
    condition:
        filesize < 20MB and (2 of them)
}

rule ransom_note
{
    meta:
        description = "A note that asks for money to have files back"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1486"
        match_1 = "QWxsIHlvdXIgaW1wb3J0YW50IGZpbGVzIGhhdmUgYmVlbiBlbmNyeXB0ZWQuIFRvIGdldCB0aGUgZGVjcnlwdG9yLCBpbnN0YWxsIFRvciBCcm93c2VyIGFuZCBvcGVuIGh0dHA6Ly9hYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYS5vbmlvbiBhbmQgcGF5IGluIEJpdGNvaW4gb3IgeW91ciBkYXRhIHdpbGwgYmUgcHVibGlzaGVkLg=="
        differ_1 = "QWxsIHlvdXIgZmlsZXMgYXJlIGVuY3J5cHRlZCBhdCByZXN0OyBkZWNyeXB0aW9uIGtleXMgYXJlIHlvdXJzLiBXZSBhY2NlcHQgYml0Y29pbi4="
        differ_2 = "VG9yIGJyb3dzZXIgYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWEub25pb24="
    strings:
        $a = /(your|all)\s{1,4}(\w{1,20}\s{1,4}){0,4}(files|documents|data|network)\s{1,4}(\w{1,12}\s{1,4}){0,4}(encrypted|locked)/ nocase ascii wide
        $b = /[a-z2-7]{56}\.onion/ nocase ascii wide
        $c = "tor browser" nocase ascii wide
        $d = /\b(bitcoin|btc|monero|xmr)\b/ nocase ascii wide
        $e = /decrypt(or|ion|er)?\b/ nocase ascii wide
        $f = /\b(leak(ed)?|publish(ed)?|blog)\b/ nocase ascii wide
    condition:
        filesize < 200KB and $a and $e and 2 of ($b, $c, $d, $f) and $b
}
