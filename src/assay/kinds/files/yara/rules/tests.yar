// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule eicar_test_file
{
    meta:
        description = "The EICAR anti-malware test file: harmless, and there to be found"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        match_1 = "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCo="
        match_2 = "WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FSLVNUQU5EQVJELUFOVElWSVJVUy1URVNULUZJTEUhJEgrSCoNCg=="
        differ_1 = "WDVPIVAl"
        differ_2 = "c2VlIFg1TyFQJUBBUFs0XFBaWDU0KFBeKTdDQyk3fSRFSUNBUi1TVEFOREFSRC1BTlRJVklSVVMtVEVTVC1GSUxFISRIK0gq"
    strings:
        $a = { 58 35 4F 21 50 25 40 41 50 5B 34 5C 50 5A 58 35 34 28 50 5E 29 37 43 43 29 37 7D 24 }
    condition:
        $a at 0 and filesize < 200
}
