"""Names that made-up phones use: programs and settings of iOS that are on every phone, apps, bundles, and how implants call
themselves. Names of daemons are this world's own choice, not the detectors' list: some are of no known iOS at all."""

from __future__ import annotations

import random

DAEMONS = (
    "apsd", "accountsd", "akd", "appstored", "assistantd", "bird", "callservicesd", "cloudd", "com.apple.geod", "CommCenter", "dasd",
    "dataaccessd", "familycircled", "fmfd", "geod", "healthd", "homed", "identityservicesd", "imagent", "itunesstored", "itunescloudd",
    "locationd", "lockdownd", "maild", "mapspushd", "mDNSResponder", "mediaserverd", "mobileassetd", "mobileactivationd", "nehelper",
    "nesessionmanager", "networkserviceproxy", "nsurlsessiond", "parsecd", "passd", "photoanalysisd", "rapportd", "remindd", "routined",
    "rtcreportingd", "searchpartyd", "sharingd", "softwareupdateservicesd", "suggestd", "swcd", "symptomsd", "syncdefaultsd", "timed",
    "triald", "trustd", "weatherd", "webbookmarksd", "wifid", "adprivacyd", "amsengagementd", "captiveagent", "gamed", "newsd",
    "fairplayd", "findmydeviced", "fmflocatord", "installd", "keychainsharingmessagingd", "analyticsd", "siriknowledged", "sosd",
    "tipsd", "videosubscriptionsd", "voiced", "watchlistd", "mstreamd", "podcastd", "profiled", "progressd", "promotedcontentd",
    "replicatord", "securityuploadd", "translationd", "transparencyd", "IMDPersistenceAgent", "IMTransferAgent", "SafariBookmarksSyncAgent",
    "com.apple.WebKit.Networking", "com.apple.WebKit.WebContent", "com.apple.Safari.SafeBrowsing.Service", "powerd/com.apple.datausage.diagnostics",
    "lockdownd/com.apple.datausage.security", "mediaserverd/com.apple.datausage.maps",
)  # fmt: skip
SETTINGS = (
    "Accessibility", "AppStore", "AppSupport", "assistant", "BTServer", "camera", "carrier", "cloudd", "commcenter", "conference", "coreaudio",
    "corespotlightui", "dataaccess", "donotdisturbd", "facetime.bag", "GEO", "homed", "icloud.fmfd", "ids", "imagent", "imservice.iMessage",
    "imservice.SMS", "InputModePreferences", "itunesstored", "keyboard", "locationd", "lsactivity", "madrid", "MailAccount", "mediaplayer",
    "MobileSMS", "mobilecal", "mobilephone", "mobilesafari", "mobileslideshow", "mobiletimer", "nanomusic", "networkserviceproxy", "nfcd",
    "parsecd", "passd", "persistentconnection", "preferences.network", "preferences.sounds", "proactive", "purplebuddy", "radios", "remindd",
    "routined", "security", "sharingd", "siri.shortcuts", "springboard", "stocks", "suggestions", "symptomsd", "TelephonyUtilities", "timed",
    "UIKit", "universalaccess", "videos", "voicetrigger", "Wallpaper", "weather", "webcontentfilter", "WebUI", "wifi", "wirelessproxd",
)  # fmt: skip
RARE = (
    "ImageIO",
    "locationd.StatusBarIconManager",
    "imservice.ids.FaceTime",
    "CoreGraphics",
    "coreduetd.batterysaver",
    "mediaremote.cache",
)
BUNDLES = (
    "IonosphereHarvest", "WRMLinkSelection", "AutoTimeZone", "SystemCustomization", "AppleWatchWorkout", "CompassCalibration", "Emergency SOS",
    "ExposureNotification", "GeoServices", "MotionCalibration", "NetworkWirelessServices", "PassbookMerchantName", "Routine", "Traffic",
    "TimeZone", "SiriSuggestions", "ShareMyLocation", "HomeKit", "FindMyAccessory", "MicroLocation",
)  # fmt: skip
APPS = (
    "net.whatsapp.WhatsApp", "com.google.Gmail", "com.google.chrome.ios", "com.spotify.client", "com.burbn.instagram", "com.facebook.Facebook",
    "com.toyopagroup.picaboo", "ph.telegra.Telegraph", "com.netflix.Netflix", "com.google.Maps", "com.ubercab.UberClient", "com.amazon.Amazon",
    "com.microsoft.Office.Outlook", "com.zhiliaoapp.musically", "com.linkedin.LinkedIn", "org.mozilla.ios.Firefox", "com.tencent.xin", "com.skype.skype",
)  # fmt: skip
CRASHERS = (
    "mobilesafari",
    "WhatsApp",
    "SpringBoard",
    "Gmail",
    "com.apple.WebKit.WebContent",
    "MobileSMS",
    "Instagram",
    "healthd",
    "suggestd",
)
READERS = ("IMTranscoderAgent", "MessagesBlastDoorService", "com.apple.WebKit.WebContent", "mediaserverd", "imagent")
_ROOTS = ("audio", "beacon", "cache", "context", "device", "edge", "event", "focus", "graph", "index", "input", "journal", "link", "model", "motion",
          "notice", "order", "page", "pocket", "quota", "relay", "sample", "scene", "schema", "signal", "stage", "store", "token", "trace", "vault")  # fmt: skip
_ENDS = ("d", "agentd", "serviced", "helperd", "managerd", "syncd", "monitord")


def new_daemon(rng: random.Random) -> str:
    """A daemon of some iOS that is not known here."""
    first, second = rng.sample(_ROOTS, 2)
    return f"{first}{second if rng.random() < 0.5 else ''}{rng.choice(_ENDS)}"


def implant(rng: random.Random, style: str) -> str:
    """What an implant calls itself: `alike` a daemon but for a letter or two, `random` letters, `plain` words, `known` a program
    of the system that has no business on the network, `triangulation` that campaign's own."""
    if style == "triangulation":
        return "BackupAgent"
    if style == "known":
        return rng.choice(
            ("aslmanager", "launchd", "cfprefsd", "notifyd", "diskarbitrationd", "keybagd", "usermanagerd")
        )
    if style == "plain":
        return rng.choice(
            (
                "stagingd",
                "natgd",
                "roleaboutd",
                "libtouchregd",
                "bundpwrd",
                "ckebld",
                "eventsfssd",
                "msgacntd",
                "pstid",
                "smmsgingd",
            )
        )
    if style == "random":
        return "".join(rng.choice("abcdefghijklmnoprstuw") for _ in range(rng.randrange(2, 9))) + rng.choice(("", "d"))
    name = list(rng.choice([d for d in DAEMONS if d.isalpha() and len(d) > 6]))
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(1, len(name))
        change = rng.randrange(3)
        if change == 0:
            name[at] = rng.choice("abcdefghilmnoprstu")
        elif change == 1 and at + 1 < len(name):
            name[at], name[at + 1] = name[at + 1], name[at]
        else:
            del name[at]
    made = "".join(name)
    return made if made not in DAEMONS else made + "d"


__all__ = ["APPS", "BUNDLES", "CRASHERS", "DAEMONS", "RARE", "READERS", "SETTINGS", "implant", "new_daemon"]
