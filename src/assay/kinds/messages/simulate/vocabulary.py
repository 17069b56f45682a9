"""Words that made-up names, addresses and folders of links are put together from. Gathered by hand."""

# ruff: noqa: SIM905  (a list of words reads best as words)

from __future__ import annotations

NAMES = """
smith jones miller weber schneider mueller fischer becker wagner hoffmann keller huber bauer garcia martinez lopez romero
moreno navarro fernandez dupont martin bernard moreau laurent girard rossi ferrari bianchi colombo ricci silva santos costa
pereira oliveira jansen bakker visser kowalski nowak novak horvat larsen hansen nilsson berg lindqvist tanaka suzuki yamada
kim lee park chen wang zhang patel singh kumar murphy kelly walsh evans hughes clark baker turner hall reed brooks hayes
foster bryant alvarez ortega delgado fontaine mercier leclerc vogt krause lorenz arnold
""".split()

STEMS = """
alpha apex arc aster atlas aurora avalon beacon blue bridge bright cedar central city clear coast copper crest crown delta
east echo eco elite elm ember euro evergreen falcon first forest fusion global golden grand granite green harbor haven
heritage highland horizon hill iris island jade lake laurel legacy liberty light lunar maple marina meridian metro mill
mountain nature new noble north nova oak ocean olive omega orchid origin pacific park peak pine pioneer polar premier prime
quality quest rapid red ridge river rock royal sage silver sky smart solar south spring star sterling stone summit sun swift
terra titan top trinity true union united urban valley vector victory village vision vista wave west white wild willow wind
wood world young zen
""".split()

TRADES = """
accounting advisors agency agrar architects architekten art auto autohaus bakery bau baumarkt beauty bikes boats books brewery
builders cafe camping capital care carpentry catering ceramics chemie church cleaning clinic coffee college computers concrete
construction consult consulting controls cosmetics dachdecker dance dental design dentist druck electric elektro electronics
energy engineering equipment estate events farm fashion fahrrad film finance fitness fleisch floors flowers food foundation
freight furniture gallery garage garten gastro glass golf group guitars haus hardware health heating heizung hospital hotel
hotels immobilien industries insurance interiors inmobiliaria jewelry kitchen kitchens klinik labs landscape law lawyers
lighting logistics machinery machine maler marine market marketing masonry media medical metal metalworks mode moebel motors
museum music nursery optics outdoor packaging paint partners pets pharma photo pizza plastics plumbing praxis press printing
productions produkte properties publishing pumps realty recycling reisen rental restaurant restauracion roofing salon school
security seeds services shop shipping software solar spa sport sports stahl steel storage studio studios supply surf systems
tax technik tech technologies textil theater tile tiles timber tools tours toys training transfer transport travel trucks
tuning university valve veterinary video vins voyages water web wein weddings welding wine winery wood works yachts yoga zahnarzt
""".split()

PLACES = """
berlin munich hamburg vienna zurich london bristol leeds oxford paris lyon lille nantes bordeaux madrid sevilla valencia
bilbao milano torino roma napoli lisboa porto amsterdam utrecht antwerp oslo copenhagen stockholm warsaw krakow prague
boston austin denver dallas seattle portland chicago toronto calgary sydney perth auckland tokyo osaka seoul texas ohio
carolina florida bavaria tirol
""".split()

PAGES = {
    "en": "about about-us contact contact-us products services company news blog team careers jobs gallery faq support history events partners projects references clients testimonials locations downloads press privacy-policy terms-conditions our-story what-we-do shop pricing features resources case-studies industries solutions community help search sitemap imprint login my-account cart checkout".split(),
    "de": "ueber-uns kontakt unternehmen leistungen produkte aktuelles karriere ausbildung impressum datenschutz referenzen team galerie service standorte anfahrt philosophie nachhaltigkeit presse stellenangebote agb veranstaltungen".split(),
    "fr": "a-propos contact entreprise services produits actualites equipe mentions-legales realisations nos-valeurs tarifs partenaires presentation galerie boutique recrutement".split(),
    "es": "sobre-nosotros contacto empresa servicios productos noticias equipo aviso-legal proyectos historia galeria tienda clientes trabaja-con-nosotros politica-de-privacidad".split(),
    "it": "chi-siamo contatti azienda servizi prodotti notizie lavora-con-noi storia galleria referenze certificazioni qualita".split(),
    "pt": "sobre contato empresa servicos produtos noticias equipe trabalhe-conosco clientes".split(),
}

TOPICS = """
wood floor kitchen garden window door water pump valve steel cable sensor motor filter solar panel roof paint brick stone tile
glass light lamp chair table sofa bed mattress carpet curtain coffee tea wine beer bread cheese olive honey pasta pizza salad
summer winter spring autumn holiday weekend family kids baby dog cat horse bike car truck bus train boat travel hotel beach
mountain city museum music guitar piano dance film book story news report annual review guide tips how-to best new free
custom classic modern vintage digital online mobile data cloud software security network energy health dental skin hair beauty
fitness yoga sport golf tennis football training course school college student teacher research science medical patient care
insurance tax law legal finance bank loan mortgage pension investment property estate rent house home office building project
industrial commercial residential automotive aerospace marine food packaging printing label design art photo video print
""".split()

BIG = """
wikipedia.org bbc.co.uk cnn.com nytimes.com theguardian.com reuters.com bloomberg.com forbes.com spiegel.de zeit.de lemonde.fr
elpais.com corriere.it repubblica.it asahi.com github.com gitlab.com stackoverflow.com python.org mozilla.org apache.org w3.org
ietf.org icann.org debian.org ubuntu.com oracle.com ibm.com intel.com amd.com nvidia.com cisco.com dell.com hp.com lenovo.com
samsung.com sony.com lg.com canon.com nikon.com bosch.com siemens.com basf.com bayer.com bmw.com toyota.com honda.com ford.com
volvo.com airbus.com boeing.com shell.com bp.com nestle.com unilever.com loreal.com adidas.com puma.com lego.com booking.com
airbnb.com tripadvisor.com expedia.com trivago.com imdb.com goodreads.com medium.com reddit.com quora.com pinterest.com tumblr.com
vimeo.com youtube.com soundcloud.com twitch.tv steampowered.com epicgames.com nintendo.com playstation.com xbox.com adobe.com
autodesk.com salesforce.com sap.com zoom.us slack.com dropbox.com box.com notion.so atlassian.com trello.com shopify.com
squarespace.com wordpress.org wordpress.com wix.com godaddy.com cloudflare.com digitalocean.com heroku.com harvard.edu mit.edu
stanford.edu ox.ac.uk cam.ac.uk ethz.ch tum.de sorbonne-universite.fr un.org who.int europa.eu nasa.gov nih.gov cdc.gov usda.gov
gov.uk nhs.uk service.gov.uk bund.de admin.ch data.gov.au canada.ca weather.com accuweather.com espn.com nba.com fifa.com uefa.com
etsy.com target.com bestbuy.com homedepot.com lowes.com costco.com macys.com nordstrom.com wayfair.com rakuten.co.jp alibaba.com
visa.com mastercard.com americanexpress.com discover.com stripe.com wise.com swift.com linkedin.com indeed.com glassdoor.com
monster.com ted.com coursera.org edx.org khanacademy.org duolingo.com webmd.com mayoclinic.org nature.com sciencedirect.com
springer.com ieee.org acm.org arxiv.org jstor.org archive.org gutenberg.org creativecommons.org
""".split()

IMITATED = """
paypal amazon apple icloud microsoft office365 outlook netflix facebook instagram whatsapp google gmail dhl ups fedex usps
royalmail hermes dpd chase wellsfargo bankofamerica citi capitalone amex hsbc barclays lloyds natwest halifax santander bbva
caixabank sparkasse volksbank postbank commerzbank ing rabobank abnamro ubs creditagricole bnpparibas societegenerale
labanquepostale orange free sfr ameli impots intesa unicredit posteitaliane bradesco itau nubank mercadolibre rakuten smbc
mufg aeon jcb docomo softbank au-pay line yahoo aol att verizon tmobile o2 vodafone telekom coinbase binance metamask
blockchain trustwallet steam runescape roblox epicgames ebay allegro olx vinted linkedin dropbox docusign adobe wetransfer
onedrive sharepoint hmrc dvla irs gov mygov cra interac royalbank scotiabank tdbank bmo cibc anz westpac commbank nab
swisspost swisscom correos seur ctt postnl bpost gls evri auspost
""".split()

LURE_WORDS = "login signin secure security account accounts verify verification update confirm support service services online web auth authenticate recovery unlock alert billing payment invoice refund customer client help id portal access session validation reactivate limited notice parcel delivery tracking redelivery fee".split()  # fmt: skip
CHEAP = "xyz top icu club online site live shop info link click buzz cyou monster work rest fit gq tk ml cf ga pw cc ru cn su me co in biz website space store app".split()  # fmt: skip
HOSTING = """
web.app firebaseapp.com appspot.com herokuapp.com github.io netlify.app vercel.app pages.dev workers.dev glitch.me repl.co
weebly.com wixsite.com 000webhostapp.com blogspot.com duckdns.org ddns.net no-ip.org hopto.org mybluehost.me
godaddysites.com myshopify.com azurewebsites.net blob.core.windows.net web.core.windows.net s3.amazonaws.com
storage.googleapis.com r2.dev cloudfront.net translate.goog ngrok.io surge.sh webflow.io square.site wordpress.com
jimdosite.com yolasite.com ucoz.net altervista.org freecluster.eu epizy.com rf.gd bubbleapps.io typeform.com
""".split()
SHORT = "bit.ly tinyurl.com t.co is.gd cutt.ly ow.ly rb.gy t.ly tiny.cc shorturl.at rebrand.ly bit.do s.id lnkd.in v.gd goo.su u.to clck.ru dwz.cn url.cn t.cn qrco.de n9.cl reurl.cc".split()  # fmt: skip
