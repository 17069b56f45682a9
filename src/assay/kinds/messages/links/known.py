"""Well-known hosts and words of links: forwarders, services where anybody gets a page, parameters that forward, words of
log-in pages. Facts, gathered by hand; none of them alone says that a link is bad."""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

# Hosts whose links say nothing of where they lead.
SHORTENERS = frozenset(
    """
    adf.ly bit.do bit.ly bitly.ws bl.ink buff.ly chilp.it cli.gs clck.ru cutt.ly cutt.us db.tt dlvr.it dwz.cn dwz.win
    fb.me firsturl.de gg.gg goo.gl goo.su has.gy hyperurl.co i8h.eu ift.tt ili.su is.gd j.mp kl.am kutt.it l.ead.me
    linkd.in linktr.ee lnk.to lnkd.in me2.do mrw.so n9.cl ow.ly po.st q-r.to qps.ru qr.ae qr.net qr1.be qrco.de rb.gy
    rebrand.ly reurl.cc rotf.lol s.id s.yam.com shorte.st short.gy short.io shorturl.ac shorturl.at shorturl.asia smarturl.it
    soo.gd suo.im su.pr t.cn t.co t.ly t2m.io tiny.cc tiny.one tiny.pl tinyurl.com tny.im tr.im trib.al u.nu u.to ulvis.net
    url.cn urlr.me urlz.fr v.gd v.ht vk.cc vo.la wa.link wp.me x.co x.gd xurl.es y2u.be yourls.org ytn.link zpr.io zzb.bz
    1url.cz 2no.co 3.ly 6url.ru 985.so 0rz.tw lihi.cc ppt.cc maac.io t.im urlzs.com shrtco.de tinylink.net
    """.split()
)

# Query parameters that forwarders read the next address from.
REDIRECT_KEYS = frozenset(
    """
    url u q r rurl uri link href to go goto next out redir redirect redirect_uri redirect_url redirecturl redirect_to
    return returnurl return_to return_url continue dest destination target site view image_url adurl ref_url forward
    checkout_url callback jump ued sa_url deeplink
    """.split()
)

# Words that stand in the addresses of log-in, payment and delivery pages, and of pages that imitate them.
LURES = frozenset(
    """
    account accounts activate alert appeal auth authenticate authorize bank banking billing blocked cancel card cardholder
    challenge claim client cliente clientes compte confirm confirmation connexion conta correo courier cuenta customs
    delivery dispute einloggen expired fee help helpdesk id identity identification invoice kunde kunden kundenservice
    kyc limited livraison locked log login logon mfa mobile mypage notice notification office onlinebanking otp paket
    parcel passcode password payment payments portal post recover recovery recuperar refund reactivate redelivery
    reschedule reset rimborso safe secure secured security session service services shipment sicherheit signin signon
    sms sso support suspended tax taxes token track tracking transfer unlock unusual update upgrade validate validation
    verificacion verification verify verifizierung wallet webmail webscr
    """.split()
)

# Endings that are files at least as often as they are top-level domains.
FILES = tuple(
    (
        ".bat .bin .bz .cab .css .cpp .csv .doc .docx .eps .exe .gif .htm .html .ini .jpeg .jpg .js .json"
        " .log .md .mov .mp .mp3 .mp4 .pdf .php .pl .png .ppt .ps .py .rar .rs .rtf .sh .so .svg .tar .ts .txt .webp .xls"
        " .xlsx .xml .yaml .yml .zip"
    ).split()
)

# Top-level domains sold for next to nothing or given away, over-represented in abuse feeds by any count (Spamhaus and
# Interisle reports, 2021-2025).
CHEAP = frozenset(
    """
    bond buzz bar best beauty cam casa cc cf cfd click club country cyou date digital download fit fun ga gdn gq
    hair help homes icu info ink lat life link live lol loan makeup men ml mom monster ngo one online ooo pics pro pw
    quest rest review sbs shop site skin space store stream support tk today tokyo top trade vip wang website win
    work world ws xin xyz yachts zone
    """.split()
)

# Of these, the ones that hardly any company uses for its customers.
SHADY = CHEAP & frozenset(
    """
    bond buzz cam casa cf cfd click cyou date fit ga gdn gq help icu lat loan makeup men ml monster ooo pics pw quest rest
    review sbs skin support tk top trade vip win work xin xyz yachts
    """.split()
)

# Where anybody gets a page, a form or a file of their own below a name that looks like a company's.
OPEN_HOSTS = frozenset(
    """
    sites.google.com docs.google.com forms.gle drive.google.com storage.googleapis.com firebasestorage.googleapis.com
    forms.office.com onedrive.live.com 1drv.ms sharepoint.com notion.site notion.so typeform.com jotform.com
    surveymonkey.com wixsite.com weebly.com godaddysites.com webflow.io square.site strikingly.com carrd.co mystrikingly.com
    blogspot.com wordpress.com tumblr.com telegra.ph glitch.me repl.co replit.app herokuapp.com netlify.app vercel.app
    web.app firebaseapp.com pages.dev workers.dev r2.dev github.io gitlab.io azurewebsites.net web.core.windows.net
    blob.core.windows.net appspot.com amplifyapp.com s3.amazonaws.com cloudfront.net ngrok.io ngrok-free.app trycloudflare.com
    duckdns.org ddns.net hopto.org no-ip.org 000webhostapp.com infinityfreeapp.com byethost.com rf.gd epizy.com yolasite.com
    ucoz.com webador.com webcindario.com canva.site gitbook.io framer.app framer.website surge.sh onrender.com fly.dev
    linkpop.com bio.link ipfs.io dweb.link myfritz.net dynv6.net translate.goog
    """.split()
)

# Services that send newsletters and count their clicks on hosts of their own.
MAILERS = frozenset(
    """
    sendgrid.net mailchimp.com list-manage.com mailchi.mp campaign-archive.com mailgun.org mailgun.com mandrillapp.com
    sparkpostmail.com sendinblue.com brevo.com sibforms.com mailjet.com mjt.lu hubspot.com hubspotemail.net hs-sites.com
    hubspotlinks.com exacttarget.com exct.net salesforce.com sfmc-content.com pardot.com marketo.com mktoweb.com eloqua.com
    en25.com responsys.net rsys2.net rsys5.com cheetahmail.com epsl1.com bluehornet.com constantcontact.com rs6.net
    createsend.com cmail19.com cmail20.com campaignmonitor.com klaviyo.com klclick.com klclick1.com klclick3.com
    activehosted.com convertkit.com ck.page substack.com beehiiv.com ghost.io mailerlite.com mlsend.com getresponse.com
    getresponse360.com aweber.com infusionsoft.com keap.com drip.com customer.io customeriomail.com iterable.com
    braze.com emarsys.net emarsys.com emsecure.net selligent.com optimove.net inxmail.com inxserver.de cleverreach.com crsend.com
    rapidmail.com rapidmail.de newsletter2go.com evalanche.com episerver.net optivo.com agnitas.de mailingwork.de sailthru.com
    movable-ink-dev.com awstrack.me amazonses.com postmarkapp.com pstmrk.it mailtrack.io sendpulse.com unisender.com
    dotdigital.com dotmailer.com pure360.com zohocampaigns.com freshworks.com intercom-mail.com intercom.io zendesk.com
    linkedin.com facebookmail.com e-goi.com acumbamail.com doppler.com mdirector.com splio.com mailup.com contactlab.it
    """.split()
)

# Where honest messages of anybody also lead: their pages in networks and stores, maps, standards.
ELSEWHERE = frozenset(
    """
    facebook.com instagram.com twitter.com x.com linkedin.com youtube.com youtu.be tiktok.com pinterest.com whatsapp.com
    wa.me apple.com google.com w3.org goo.gl trustpilot.com weixin.qq.com qq.com line.me t.me xing.com vimeo.com apple.co
    microsoft.com onelink.me app.link adj.st branch.io page.link weibo.com bsky.app threads.net schema.org
    """.split()
)

# Mailboxes that anybody can have.
FREEMAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de live.com msn.com yahoo.com yahoo.co.uk
    yahoo.fr yahoo.de yahoo.co.jp ymail.com rocketmail.com aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me
    tutanota.com tuta.io gmx.de gmx.net gmx.com gmx.at web.de freenet.de t-online.de mail.ru bk.ru list.ru inbox.ru yandex.ru
    yandex.com rambler.ru qq.com 163.com 126.com sina.com sohu.com yeah.net foxmail.com naver.com daum.net hanmail.net
    orange.fr free.fr laposte.net sfr.fr wanadoo.fr libero.it virgilio.it tiscali.it alice.it wp.pl o2.pl onet.pl interia.pl
    mail.com zoho.com fastmail.com hushmail.com mailbox.org posteo.de ziggo.nl kpnmail.nl telenet.be skynet.be uol.com.br
    bol.com.br terra.com.br seznam.cz centrum.cz bluewin.ch consultant.com europe.com usa.com dr.com
    """.split()
)

# Services whose customers, companies of good name among them, have their own name before the service's.
TENANTS = frozenset(
    """
    okta.com oktapreview.com onelogin.com auth0.com service-now.com servicenowservices.com zendesk.com freshdesk.com freshservice.com
    atlassian.net jira.com statuspage.io sharepoint.com onmicrosoft.com salesforce.com force.com my.site.com lightning.force.com
    myworkday.com myworkdayjobs.com workday.com successfactors.com successfactors.eu taleo.net icims.com smartrecruiters.com
    greenhouse.io lever.co recruitee.com personio.de bamboohr.com teamtailor.com slack.com zoom.us webex.com box.com egnyte.com
    sharefile.com docusign.net qualtrics.com surveymonkey.com typeform.com eventbrite.com hubspot.com helpscout.com intercom.help
    gitbook.io readme.io kayako.com uservoice.com bitrix24.com monday.com asana.com coupahost.com ariba.com concursolutions.com
    forcepointgov.com mcas.ms splunkcloud.com
    """.split()
)

# Words that stand beside a borrowed name: those of log-in pages, and of the stories told to lead there.
COMPANIONS = LURES | frozenset(
    """
    payee fees missed added appeal appeals beneficiary resend schedule deliver auth remove removal connect
    desk rebook arrange badge copyright gift bonus promo prize winner logon verified unlock relief
    rewards reward alerts cancellation dispatch depot hold shipping pay paying invoice
    postal webapp mobileapp dostawa oplata paczka zoll gebuehr zahlung aktualisierung bestaetigung kundencenter
    suivi colis frais livrer reprogrammer espaceclient particuliers entrega envio paquete aduana pago pagos cliente clienti
    spedizione pacco conferma dati verifica bezorging pakketje betaling bezorg taxa encomenda entregas kyc rewardpoints
    """.split()
)

# Where files and forms of anybody lie under a path that says whose.
STORES = frozenset(
    """
    storage.googleapis.com firebasestorage.googleapis.com sites.google.com storage.cloud.google.com s3.amazonaws.com
    blob.core.windows.net web.core.windows.net r2.dev ipfs.io dweb.link cloudflare-ipfs.com appdomain.cloud digitaloceanspaces.com
    backblazeb2.com wasabisys.com linodeobjects.com vultrobjects.com myqcloud.com aliyuncs.com telegra.ph
    """.split()
)

# Labels of owned domains that say nothing by themselves.
PLAIN_LABELS = frozenset(
    """
    live office link square cash regions nationwide orange post poste bing snap outlook windows aws imagin starmoney visualstudio
    ents money home express group bank meta messenger threads workplace oculus dynamics sway skype discovery gov mail pages
    disney booking go inter pickup usa canada australia bund gouv service services shop app pay one now spk naspa
    """.split()
)
