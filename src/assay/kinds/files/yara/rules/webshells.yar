// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule php_runs_request
{
    meta:
        description = "PHP that runs what a request brings"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1505.003, T1059"
        match_1 = "PD9waHAgQGV2YWwoJF9QT1NUWyd4J10pOw=="
        match_2 = "R0lGODlhIDw/cGhwIHN5c3RlbShiYXNlNjRfZGVjb2RlKCRfUkVRVUVTVFsiYyJdKSk7ID8+"
        differ_1 = "PD9waHAgZWNobyBodG1sc3BlY2lhbGNoYXJzKCRfUE9TVFsneCddKTsgLy8gbmV2ZXIgZXZhbCggaXQ="
        differ_2 = "ZXZhbCgkX1BPU1RbJ3gnXSkgaW4gYSB0ZXh0IGFib3V0IFBIUA=="
    strings:
        $php = /<\?(php|=)/ nocase
        $run = /\b(eval|assert|system|shell_exec|passthru|proc_open|popen|exec|create_function)\s{0,8}\(\s{0,8}(@?\s{0,4}(base64_decode|gzinflate|str_rot13|stripslashes|urldecode|trim)\s{0,4}\(\s{0,4}){0,4}@?\$_(POST|GET|REQUEST|COOKIE|SERVER|FILES)\s{0,4}\[/ nocase
        $tick = /`\s{0,8}(\{\s{0,4})?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/ nocase
    condition:
        $php and ($run or $tick) and filesize < 2MB
}

rule php_callback_request
{
    meta:
        description = "PHP that calls a function a request names"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1505.003, T1059"
        match_1 = "PD9waHAgJF9HRVRbJ2YnXSgkX1BPU1RbJ2EnXSk7"
        match_2 = "PD9waHAgY2FsbF91c2VyX2Z1bmMoJF9SRVFVRVNUWydmJ10sICRfUkVRVUVTVFsnYSddKTs="
        differ_1 = "PD9waHAgY2FsbF91c2VyX2Z1bmMoJGhhbmRsZXIsICRfUE9TVFsnYSddKTs="
    strings:
        $php = /<\?(php|=)/ nocase
        $name = /\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[[^\]]{1,40}\]\s{0,4}\(\s{0,4}@?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/ nocase
        $map = /\b(array_map|array_filter|call_user_func(_array)?|usort|uasort|array_walk|register_shutdown_function)\s{0,4}\(\s{0,4}@?(base64_decode\s{0,4}\(\s{0,4})?\$_(POST|GET|REQUEST|COOKIE)\s{0,4}\[/ nocase
    condition:
        $php and ($name or $map) and filesize < 2MB
}

rule php_in_picture
{
    meta:
        description = "PHP behind the beginning of a picture"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1505.003, T1027.009"
        match_1 = "R0lGODlhAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADw/cGhwIGV2YWwoYmFzZTY0X2RlY29kZSgnZUE9PScpKTs="
        differ_1 = "R0lGODlhAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAG1hZGUgd2l0aCBhIDw/cGhwIHBhZ2U="
        differ_2 = "/9j/4AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
    strings:
        $php = /<\?php\s/ nocase
        $act = /\b(eval|assert|system|shell_exec|passthru|base64_decode|file_put_contents|move_uploaded_file|gzinflate)\s{0,4}\(/ nocase
    condition:
        (uint32(0) == 0x38464947 or uint32be(0) == 0x89504E47 or uint16be(0) == 0xFFD8) and #php >= 1 and for any i in (1..#php) : ($act in (@php[i]..@php[i] + 4096))
}

rule jsp_runs_request
{
    meta:
        description = "A JSP that starts what a request names"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1505.003, T1059"
        match_1 = "PCVAIHBhZ2UgaW1wb3J0PSJqYXZhLmlvLioiICU+PCUgUnVudGltZS5nZXRSdW50aW1lKCkuZXhlYyhyZXF1ZXN0LmdldFBhcmFtZXRlcigiYyIpKTsgJT4="
        differ_1 = "PCVAIHBhZ2UgJT48JT0gcmVxdWVzdC5nZXRQYXJhbWV0ZXIoIm5hbWUiKSAlPg=="
    strings:
        $jsp = "<%"
        $run = /(Runtime\s{0,4}\.\s{0,4}getRuntime\s{0,4}\(\s{0,4}\)\s{0,8}\.\s{0,4}exec|new\s{1,4}ProcessBuilder)\s{0,4}\(/
        $ask = /request\s{0,4}\.\s{0,4}getParameter\s{0,4}\(/
        $class = "defineClass"
        $decode = /(getDecoder\(\)|BASE64Decoder|Base64)/
    condition:
        $jsp in (0..4096) and filesize < 500KB and $ask and ($run or ($class and $decode))
}

rule asp_runs_request
{
    meta:
        description = "An ASP page that runs what a request brings"
        author = "Assay"
        license = "Apache-2.0"
        severity = "high"
        attack = "T1505.003, T1059"
        match_1 = "PCVldmFsIHJlcXVlc3QoIngiKSU+"
        match_2 = "PCVAIFBhZ2UgTGFuZ3VhZ2U9IkpzY3JpcHQiJT48JWV2YWwoUmVxdWVzdC5JdGVtWyJ6Il0sInVuc2FmZSIpOyU+"
        differ_1 = "PCVAIFBhZ2UgTGFuZ3VhZ2U9IkMjIiAlPjwlPSBSZXF1ZXN0LlF1ZXJ5U3RyaW5nWyJuYW1lIl0gJT4="
    strings:
        $page = /<%|<script[^>]{0,80}runat/ nocase
        $run = /\b(eval|execute|executeglobal)\s{0,4}\(?\s{0,4}(System\.Text\.Encoding[^;]{0,120})?(Request(\.(Item|Form|QueryString))?\s{0,4}[\[\(]|Convert\.FromBase64String\(Request)/ nocase
        $start = /Process\.Start\s{0,4}\(|ProcessStartInfo/
        $ask = /Request\.(Form|QueryString|Item|Params)?\s{0,2}[\[\(]/ nocase
        $cmd = "cmd.exe" nocase
    condition:
        $page in (0..4096) and filesize < 500KB and ($run or ($start and $ask and $cmd))
}
