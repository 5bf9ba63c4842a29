"""How receivers refuse the address in other languages than English."""

from delist.rules.replies.rows import Row
from delist.rules.replies.values import Subtype, Topic

_LISTED, _REPUTATION = Subtype.LISTED, Subtype.REPUTATION
_DYNAMIC, _RDNS = Subtype.DYNAMIC_POLICY, Subtype.RDNS

# What is done to whoever stands beside these words, unless an address or a host does.
_ON_A_LIST = (
    r"(?:(?:black|block|sperr)-?liste?n?\b|blacklist|schwarze[nr]? liste|gesperrt|blockiert|liste noire|bloqu[eé]"
    r"|listas? negras?|rechazad|lista nera|bloccat|czarnej li[sś]|zablokowan|ч[её]рн\w{1,30} списк|блокир|kara liste"
    r"|engellen|zwarte lijst|geblokkeerd|ブラックリスト|拒否リスト|黑名[单單]|블랙리스트)"
)
_NO_HOST = (
    r"\A(?!.*(?:(?<![a-z])ip(?![a-z])|serve[ru]|servidor|сервер|服务器|伺服器|サーバ|서버|\bhost\b))(?=.*"
    + _ON_A_LIST
    + ").*?"
)
_NO_NUMBER = r"(?![^ ]{0,60} \[?\d{1,3}\.\d{1,3}\.)"

# The sender or his domain is refused, whatever the language.
FOREIGN_PARTIES = (
    Row(
        "absender absenders absenderadresse mailadresse adresse expediteur expéditeur remitente correo remetente "
        "mittente nadawcy nadawca adres afzender отправител gönderen gonderen 送信者 差出人 发件人 寄件人 보낸",
        _NO_HOST + r"(?:absender|mail-?adresse|adresse (?:e-?mail|mail|courriel)|exp[eé]diteur|remitente|remetente"
        r"|(?:direcci.n|endere.o) (?:de )?(?:correo|e-?mail)|indirizzo e-?mail|mittente|nadawc[ay]|adres e-?mail"
        r"|afzender|отправител|g[oö]nderen|送信者|差出人|发件人|寄件人|보낸)\S{0,40}" + _NO_NUMBER,
        "550 Der Absender news@example.com steht auf unserer Blacklist",
        topic=Topic.SENDER,
    ),
    Row(
        "domaine dominio domínio domena domeny domein домен 域名 ドメイン 도메인",
        _NO_HOST + r"(?:\bdomaine|\bdom[ií]nio|\bdomen[ay]|\bdomein|домен|域名|ドメイン|도메인)\b" + _NO_NUMBER,
        "550 Su dominio example.com se encuentra en una lista negra",
        topic=Topic.DOMAIN,
    ),
)

FOREIGN = (
    # German
    Row(
        "sperrliste blackliste blockliste schwarzen schwarze gesperrt blockiert geblockt gelistet",
        r"\b(?:sperr|schwarz|black|block)(?:e |en )?liste|(?:\bip\b|adresse|server|host)\S{0,80}.{0,60}(?:gesperrt"
        r"|blockiert|geblockt|gelistet|abgelehnt|abgewiesen)",
        "554 Ihre IP-Adresse 192.0.2.25 ist gesperrt",
        "unknown",
        _LISTED,
    ),
    Row(
        "dynamische dynamischen dynamischer einwahl",
        r"dynamische[nr]?\b.{0,20}(?:ip|adress|bereich)|einwahl",
        "550 Mails von dynamischen IP-Adressen nehmen wir nicht an",
        "none",
        _DYNAMIC,
    ),
    Row(
        "~dns",
        r"(?:umgekehrt|rückwärt|rueckwaert|revers)\w{0,30}.{0,12}(?:dns|auflös|aufloes|eintrag)",
        "550 kein umgekehrter DNS-Eintrag fuer Ihren Server",
        "none",
        _RDNS,
    ),
    Row(
        "schlechter schlechte",
        r"schlechte[nr]? reputation",
        "554 Ihr Mailserver wurde wegen schlechter Reputation abgelehnt",
        "unknown",
        _REPUTATION,
    ),
    # French
    Row(
        "noire bloquée bloquee bloqué bloque blacklistée blacklistee blacklisté réputation",
        r"liste noire|(?:adresses? ip|\bip\b|serveur).{0,60}(?:bloqu|blacklist|refus|réputation)|mauvaise réputation",
        "550 Votre adresse IP 192.0.2.25 est en liste noire",
        "unknown",
        _LISTED,
    ),
    Row(
        "inverse",
        r"(?:dns|résolution|resolution|enregistrement|nom) (?:\w{1,30} )?inverse",
        "550 Pas de DNS inverse pour votre serveur",
        "none",
        _RDNS,
    ),
    Row("dynamique dynamiques", r"(?:ip|adresses?) dynamiques?", "550 adresse IP dynamique refusée", "none", _DYNAMIC),
    # Spanish, Portuguese, Italian
    Row(
        "negra bloqueada bloqueado listas negras listada",
        r"listas? negras?|(?:direcci.n ip|\bip\b|servidor).{0,60}(?:bloquead|listad|rechazad|vetad)",
        "554 Su IP 192.0.2.25 está en una lista negra",
        "unknown",
        _LISTED,
    ),
    Row(
        "inversa inverso reverso",
        r"(?:resoluci.n|dns|b.squeda|consulta) (?:dns )?(?:inversa|inverso|reverso)|dns reverso",
        "550 Su servidor no tiene resolución inversa",
        "none",
        _RDNS,
    ),
    Row(
        "dinamica dinámica dinâmico dinamico dinamici",
        r"\bip\b.{0,20}din[aáâ]mic",
        "550 IP dinámica no permitida",
        "none",
        _DYNAMIC,
    ),
    Row(
        "nera bloccato bloccata blacklist",
        r"lista nera|(?:indirizzo ip|\bip\b|server).{0,60}(?:bloccat|rifiutat)",
        "550 Il vostro indirizzo IP 192.0.2.25 è bloccato",
        "unknown",
        _LISTED,
    ),
    Row(
        "kara listede listesinde engellendi engellenmiştir",
        r"kara liste|\bip\b.{0,60}engellen",
        "550 IP adresiniz 192.0.2.25 kara listede",
        "unknown",
        _LISTED,
    ),
    # Polish, Estonian, Dutch, Russian
    Row(
        "liście czarnej zablokowany zablokowane liscie",
        r"czarnej li[sś]|zablokowan\w{1,30} (?:adres |serwer )?(?:ip)?|(?:adres ip|\bip\b|serwer).{0,60}zablokowan",
        "550 Adres IP 192.0.2.25 jest zablokowany",
        "unknown",
        _LISTED,
    ),
    Row("nimekirjas mustas", r"mustas nimekirjas", "550 Teie server on mustas nimekirjas", "unknown", _LISTED),
    Row(
        "geblokkeerd zwarte",
        r"zwarte lijst|(?:ip|server).{0,40}geblokkeerd",
        "550 Uw IP-adres 192.0.2.25 is geblokkeerd",
        "unknown",
        _LISTED,
    ),
    Row(
        "чёрн черн блокир",
        r"ч[её]рн\w{1,30} списк|(?:\bip\b|адрес|сервер).{0,60}(?:заблокир|блокир)",
        "550 Ваш IP 192.0.2.25 в чёрном списке",
        "unknown",
        _LISTED,
    ),
    Row("обратн", r"обратн\w{1,30} (?:dns|зон|запис|имен)", "550 нет обратной зоны DNS", "none", _RDNS),
    Row("динамич", r"динамич\w{1,30}.{0,20}(?:ip|адрес)", "550 динамический IP", "none", _DYNAMIC),
    # Japanese, Chinese, Korean
    Row(
        "ブラックリスト 拒否リスト",
        r"ブラックリスト|拒否リスト",
        "550 お使いのIPはブラックリストに登録されています",
        "unknown",
        _LISTED,
    ),
    Row("逆引き", r"逆引き", "550 逆引きが設定されていません", "none", _RDNS),
    Row(
        "拒否 拒绝 拒絕",
        r"ip.{0,40}(?:拒否|拒[绝絕])|(?:拒否|拒[绝絕]).{0,40}ip",
        "554 送信元IPアドレス192.0.2.25は拒否されました",
        "unknown",
        Subtype.OTHER,
    ),
    Row("動的", r"動的", "550 動的IPからは受け取れません", "none", _DYNAMIC),
    Row("黑名单 黑名單 封锁 封鎖", r"黑名[单單]|ip.{0,20}封[锁鎖]", "554 您的IP已被列入黑名单", "unknown", _LISTED),
    Row("反向解析 反解", r"反向解析|反解", "554 没有反向解析", "none", _RDNS),
    Row("动态 動態", r"[动動][态態] ?ip", "554 不接受动态IP", "none", _DYNAMIC),
    Row("블랙리스트 차단", r"블랙리스트|ip.{0,20}차단", "554 블랙리스트에 등록된 IP 입니다", "unknown", _LISTED),
)
