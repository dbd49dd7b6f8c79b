"""The requests that differ.py sends to a real Kratos and to the stand-in: one list, in the order of sending.

A case is (name, method, target, body, headers). `{alpha}` in target and body stands for the id in the reply to the
case named alpha, `{alpha.session}` for the session's id in that reply, `{next}` for the page_token of the last rel="next".
A target that starts with `public:` goes to the public listener.
"""
JSON = (("Content-Type", "application/json"),)
TEXT = (("Content-Type", "text/plain"),)
MISSING = "00000000-0000-4000-8000-000000000000"
IDS = "/admin/identities"


def create(name, body, headers=JSON):
    return (name, "POST", IDS, body, headers)


def get(name, target):
    return (name, "GET", target, None, ())


def put(name, who, body, headers=JSON):
    return (name, "PUT", "%s/%s" % (IDS, who), body, headers)


def patch(name, who, body, headers=JSON):
    return (name, "PATCH", "%s/%s" % (IDS, who), body, headers)


def batch(name, body):
    return (name, "PATCH", IDS, body, JSON)


def delete(name, target):
    return (name, "DELETE", target, None, ())


def login(name, identifier, password):
    body = '{"method":"password","identifier":"%s","password":"%s"}' % (identifier, password)
    return [(name + "-flow", "GET", "public:/self-service/login/api", None, ()),
            (name, "POST", "public:/self-service/login?flow={%s-flow}" % name, body, JSON)]


EMPTY = [get("empty-list" + str(i), IDS + query) for i, query in enumerate(
    ("", "?page=0", "?page=2&per_page=3", "?page_size=2", "?credentials_identifier=nobody"))]

CREATE = [
    create("alpha", '{"schema_id":"device","traits":{"serial":"SN-A"}}'),
    create("beta", '{"traits":{"serial":"SN-B","note":"<&>\\u2028"},"credentials":{"password":{"config":'
                   '{"password":"secret-beta-1"}}},"metadata_admin":{"a":[1.0,1E3,123456789012345678901]}}'),
    create("gamma", '{"traits":{"serial":"SN-C","email":"Owner@Example.org"},"verifiable_addresses":[{"value":'
                    '"owner@example.org","verified":true,"via":"email","status":"foo"},{"value":"x@example.org","via":"email"}],'
                    '"recovery_addresses":[{"value":"owner@example.org","via":"email"}],"metadata_public":{"k":null}}'),
    create("delta", '{"traits":{"serial":" SN-D "},"credentials":{"oidc":{"config":{"providers":'
                    '[{"provider":"g","subject":"S1"},{"provider":"g"}]}}}}', ()),
    create("oidc-empty", '{"traits":{"serial":"sn-e"},"credentials":{"oidc":{"config":{"providers":[]}}}}'),
    create("oidc-no-config", '{"traits":{"serial":"sn-f"},"credentials":{"oidc":{}}}'),
    create("oidc-null", '{"traits":{"serial":"sn-g"},"credentials":{"oidc":null,"password":null}}'),
    create("oidc-auto-link", '{"traits":{"serial":"sn-h"},"credentials":{"oidc":{"config":{"providers":'
                             '[{"provider":"g","subject":"S7","use_auto_link":true}]}}}}'),
    create("oidc-config-config", '{"traits":{"serial":"sn-i"},"credentials":{"oidc":{"config":{"config":{"password":"x"},'
                                 '"providers":[{"provider":"g","subject":"S8"}]}}}}'),
    create("saml", '{"traits":{"serial":"sn-j"},"credentials":{"saml":{"config":{"providers":'
                   '[{"provider":"s","subject":"S9","organization":"o"}]}}}}'),
    create("hook", '{"traits":{"serial":"sn-k"},"credentials":{"password":{"config":{"use_password_migration_hook":true}}}}'),
    create("totp", '{"traits":{"serial":"sn-l"},"credentials":{"totp":{"config":{}}}}'),
    create("case-insensitive-fields", '{"TRAITS":{"serial":"sn-m"},"Schema_ID":"device"}'),
    create("trailing", '{"traits":{"serial":"sn-n"}} trailing'),
    create("blank-body", "  "),
    create("empty-body", ""),
    create("null-body", "null"),
    create("array-body", "[]"),
    create("string-body", '"x"'),
    create("number-body", "5"),
    create("cut-body", '{"traits":{"serial":"sn-n"'),
    create("cut-string", '{"traits":{"serial":"sn'),
    create("bad-syntax", '{"traits":{"serial":x}}'),
    create("bad-syntax-comma", '{"traits":{"serial":"x",}}'),
    create("bad-syntax-key", '{traits:{}}'),
    create("bad-syntax-after-key", '{"traits" {}}'),
    create("bad-syntax-after-pair", '{"traits":{} "x"}'),
    create("bad-syntax-array", '{"traits":[1 2]}'),
    create("bad-number", '{"traits":{"n":01}}'),
    create("bad-literal", '{"traits":{"n":nul}}'),
    create("bad-escape", '{"traits":{"n":"\\x"}}'),
    create("bad-control", '{"traits":{"n":"a\nb"}}'),
    create("bad-minus", '{"traits":{"n":-}}'),
    create("bad-fraction", '{"traits":{"n":1.}}'),
    create("bad-exponent", '{"traits":{"n":1e}}'),
    create("bad-unicode", '{"traits":{"n":"\\u12g4"}}'),
    create("type-schema-id", '{"schema_id":5}'),
    create("type-state", '{"traits":{"serial":"sn-o"},"state":5}'),
    create("type-credentials", '{"traits":{"serial":"sn-o"},"credentials":[]}'),
    create("type-credentials-password", '{"traits":{"serial":"sn-o"},"credentials":{"password":"x"}}'),
    create("type-credentials-config", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":7}}}'),
    create("type-password", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":{"password":7}}}}'),
    create("type-providers", '{"traits":{"serial":"sn-o"},"credentials":{"oidc":{"config":{"providers":{}}}}}'),
    create("type-provider", '{"traits":{"serial":"sn-o"},"credentials":{"oidc":{"config":{"providers":[7]}}}}'),
    create("type-subject", '{"traits":{"serial":"sn-o"},"credentials":{"oidc":{"config":{"providers":[{"subject":true}]}}}}'),
    create("type-addresses", '{"traits":{"serial":"sn-o"},"verifiable_addresses":{}}'),
    create("type-address", '{"traits":{"serial":"sn-o"},"recovery_addresses":[{"via":{}}]}'),
    create("type-verified", '{"traits":{"serial":"sn-o"},"verifiable_addresses":[{"verified":"yes"}]}'),
    create("unknown-nested", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":{"foo":1}}}}'),
    create("unknown-address", '{"traits":{"serial":"sn-o"},"recovery_addresses":[{"foo":1}]}'),
    create("unknown-id", '{"id":"x","traits":{"serial":"sn-o"}}'),
    create("traits-null", '{"traits":null}'),
    create("traits-absent", '{}'),
    create("traits-array", '{"traits":[]}'),
    create("traits-string", '{"traits":"x"}'),
    create("traits-number", '{"traits":1.5}'),
    create("additional", '{"traits":{"serial":"sn-o","foo":1}}'),
    create("integer-as-float", '{"traits":{"serial":"sn-o","n":1.0}}'),
    create("integer-as-string", '{"traits":{"serial":"sn-o","n":"1"}}'),
    create("integer-huge", '{"traits":{"serial":"sn-huge","n":123456789012345678901234567890}}'),
    create("bad-email", '{"traits":{"serial":"sn-o","email":"nobody"}}'),
    create("serial-empty", '{"traits":{"serial":""}}'),
    create("serial-blank", '{"traits":{"serial":"  "}}'),
    create("serial-long", '{"traits":{"serial":"%s"}}' % ("x" * 65)),
    create("serial-number", '{"traits":{"serial":5}}'),
    create("two-causes", '{"traits":{"serial":5,"foo":7}}'),
    create("hash-unknown", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":{"hashed_password":"xx"}}}}'),
    create("hash-hmac", '{"traits":{"serial":"sn-hmac"},"credentials":{"password":{"config":'
                        '{"hashed_password":"$hmac-sha256$abc$def"}}}}'),
    create("hash-any-body",
    '{"traits":{"serial":"sn-hash"},"credentials":{"password":{"config":{"hashed_password":"$2a$xx"}}}}'),
    create("password-empty-object", '{"traits":{"serial":"sn-o"},"credentials":{"password":{}}}'),
    create("password-config-null", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":null}}}'),
    create("password-empty-string", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":{"password":""}}}}'),
    create("password-73", '{"traits":{"serial":"sn-o"},"credentials":{"password":{"config":{"password":"%s"}}}}' % ("p" * 73)),
    create("state-bad", '{"traits":{"serial":"sn-o"},"state":"paused"}'),
    create("state-empty", '{"traits":{"serial":"sn-state"},"state":""}'),
    create("state-null", '{"traits":{"serial":"sn-state2"},"state":null,"schema_id":null}'),
    create("schema-empty", '{"traits":{"serial":"sn-schema"},"schema_id":""}'),
    create("organization", '{"traits":{"serial":"sn-org"},"organization_id":"11111111-2222-4333-8444-000000000001"}'),
    create("organization-bad", '{"traits":{"serial":"sn-o"},"organization_id":"x"}'),
    create("organization-empty", '{"traits":{"serial":"sn-o"},"organization_id":""}'),
    create("external", '{"traits":{"serial":"sn-ext"},"external_id":"a/b c"}'),
    create("external-duplicate", '{"traits":{"serial":"sn-ext2"},"external_id":"a/b c"}'),
    create("external-empty", '{"traits":{"serial":"sn-ext3"},"external_id":""}'),
    create("external-number", '{"traits":{"serial":"sn-ext4"},"external_id":5}'),
    create("duplicate", '{"traits":{"serial":"sn-a"}}'),
    create("duplicate-email", '{"traits":{"serial":"sn-o","email":"OWNER@example.org"}}'),
    create("bytes", b'{"traits":{"serial":"sn-bytes","note":"\xff\\ud800\xe2\x80\xa8\\u00e9"},"metadata_public":{"a":1,"a":2}}'),
    create("blanks", '{ "traits" : { "serial" : "sn-blanks" , "n" : 5 } , "metadata_admin" : [ 1 , { } , [ ] ] }'),
    create("metadata-null", '{"traits":{"serial":"sn-mn"},"metadata_public":null,"metadata_admin":null}'),
    create("metadata-scalar", '{"traits":{"serial":"sn-ms"},"metadata_public":"<x>","metadata_admin":[1e400]}'),
    create("other-schema", '{"schema_id":"big","traits":{"serial":"sn-big"}}'),
    create("address-import-id", '{"traits":{"serial":"sn-aid","email":"aid@example.org"},"verifiable_addresses":[{"id":'
           '"11111111-2222-4333-8444-00000000abcd","value":"aid@example.org","via":"email","verified":true,'
           '"verified_at":"2020-01-02T03:04:05+02:00","created_at":"2020-01-02T03:04:05Z"}]}'),
    create("address-time-bad", '{"traits":{"serial":"sn-o"},"verifiable_addresses":[{"verified_at":"x"}]}'),
]

READ = [get("get-%d" % i, target) for i, target in enumerate((
    IDS + "/{alpha}", IDS + "/{beta}?include_credential=password", IDS + "/{gamma}", IDS + "/{delta}?include_credential=oidc",
    IDS + "/{oidc-empty}?include_credential=oidc&include_credential=password", IDS + "/{bytes}", IDS + "/{blanks}",
    IDS + "/{metadata-scalar}", IDS + "/{oidc-no-config}?include_credential=oidc", IDS + "/{alpha}?include_credential=",
    IDS + "/{alpha}?include_credential=password,oidc", IDS + "/{alpha}?include_credential=password&include_credential=Oidc",
    IDS + "/{alpha}?include_credential=profile", IDS + "/{alpha}?include_credential=code",
    IDS + "/{alpha}?include_credential=passkey", IDS + "/{alpha}?include_credential=saml",
    IDS + "/{alpha}?include_credential[]=password", IDS + "/{alpha}?include_credential=link_recovery",
    IDS + "/" + MISSING, IDS + "/xyz", IDS + "/{alpha.flat}", IDS + "/%7B{alpha}%7D", IDS + "/urn:uuid:{alpha}",
    IDS + "/{alpha.upper}", IDS + "/URN:UUID:{alpha}", IDS + "/{gamma}?include_credential=code", IDS + "/{hash-hmac}",
    IDS + "/{address-import-id}", IDS + "/{other-schema}",
    IDS + "/by/external/a%2Fb%20c", IDS + "/by/external/A%2Fb%20c", IDS + "/by/external/", IDS + "/by/external/x/y",
    IDS + "/by/external/a%2Fb%20c?include_credential=nope", IDS + "/by", IDS + "/by/external",
    IDS + "/{alpha}/", IDS + "/{alpha}/foo", IDS + "/{alpha}/credentials", "/admin/Identities", "//admin/identities",
    "/admin//identities", "/admin/./identities", "/admin/identities/../version", "/admin", "/admin/", "/administrator", "/",
    "/identities?page_size=1&x=y", "/identities/{alpha}", "/health/alive", "/admin/health/ready/", "/schemas",
    "/schemas/device",
    "/admin/schemas", "/admin/schemas/device?x=y", "/admin/schemas/a%2Fb", "/nothing", "/admin/identities/%2F",
    "/admin/identities/..", "/admin/identities/.", "/admin/recovery/code", "/admin/sessions/whoami?x=y", "/admin/metrics/x",
    "/admin/identities/{alpha}%2Fsessions", "/admin/identities/a%zz",
))]

LISTS = [get("list-%d" % i, IDS + query) for i, query in enumerate((
    "?credentials_identifier=SN-A", "?credentials_identifier=%20sn-a%20", "?credentials_identifier=",
    "?credentials_identifier=nope",
    "?credentials_identifier=g:S1", "?credentials_identifier=G:S1", "?credentials_identifier=owner@example.org",
    "?credentials_identifier=sn-a&page=1", "?credentials_identifier=sn-a&page=0&per_page=5",
    "?credentials_identifier=sn-a&include_credential=password",
    "?credentials_identifier=sn-hash&include_credential=password", "?preview_credentials_identifier_similar=sn-a",
    "?credentials_identifier=sn-a&preview_credentials_identifier_similar=sn", "?credentials_identifier=sn-a&ids={alpha}",
    "?ids={alpha}", "?ids={alpha}&ids={beta}", "?ids=x", "?ids=", "?ids={alpha},{beta}", "?ids=" + MISSING,
    "?ids={alpha}&ids=xyz", "?ids={alpha}&page_size=1&ids={beta}", "?include_credential=nope", "?include_credential=",
    "?credentials_identifier=s:S9", "?credentials_identifier=sn-a;b&page_size=1", "?page_size=1&credentials_identifier=%zz",
    "?page_size=0", "?page_size=-1", "?page_size=x", "?page_size=", "?page_size=1&page_token=x", "?page_size=1&page_token=",
    "?page_size=2&page_token=ffffffff-ffff-ffff-ffff-ffffffffffff", "?per_page=2", "?per_page=x", "?per_page=-3", "?per_page=0",
    "?page=0&per_page=2", "?page=1&per_page=2", "?page=2&per_page=1000", "?page=3&per_page=500", "?page=x&per_page=2",
    "?page=-1&per_page=2",
    "?page=&per_page=2", "?page=1", "?page=4&per_page=5", "?page=5&per_page=250", "?page=1&page_size=2",
    "?page=1&per_page=2&page_size=3",
    "?page=1000&per_page=2", "?page=1&per_page=0", "?page=1&per_page=x", "?page=0&per_page=1",
    "?page_size=1&foo=bar&foo=baz&a=%3C", "?page_size=100000", "?page_size=501", "?page_size=99999999999999999999",
    "?page_size=1.5",
    "?consistency=foo&page_size=1", "?organization_id=11111111-2222-4333-8444-000000000001", "?organization_id=x",
    "?organization_id=", "?page_size=1&page_token={alpha.flat}", "?page_size=3&page_token={next}",
    "?page_token={next}&page_size=2",
))]

UPDATE = [
    put("put-all", "{alpha}",
    '{"schema_id":"device","state":"inactive","traits":{"serial":"SN-A","note":"n"},"metadata_public":{"a":1},'
        '"metadata_admin":{"b":2},"external_id":"ext-alpha","unknown":1,"organization_id":"11111111-2222-4333-8444-000000000001"}'),
    get("put-all-get", IDS + "/{alpha}"),
    put("put-erases", "{alpha}", '{"traits":{"serial":"SN-A"}}'),
    get("put-erases-get", IDS + "/{alpha}"),
    put("put-no-traits", "{alpha}", '{"state":"active"}'),
    put("put-null-traits", "{alpha}", '{"traits":null}'),
    put("put-state-bad", "{alpha}", '{"traits":{"serial":"SN-A"},"state":"x"}'),
    put("put-schema-bad", "{alpha}", '{"traits":{"serial":"SN-A"},"schema_id":"nope"}'),
    put("put-schema-big", "{alpha}", '{"traits":{"serial":"SN-A"},"schema_id":"big","state":"active"}'),
    put("put-schema-back", "{alpha}", '{"traits":{"serial":"SN-A"},"schema_id":"device"}'),
    put("put-missing", MISSING, '{"traits":{}}'),
    put("put-missing-bad-body", MISSING, '{'),
    put("put-missing-bad-state", MISSING, '{"state":"x","traits":{}}'),
    put("put-type", "{alpha}", '{"traits":{"serial":"SN-A"},"state":5}'),
    put("put-type-schema", "{alpha}", '{"schema_id":[]}'),
    put("put-bad-json", "{alpha}", '{"traits":x}'),
    put("put-array", "{alpha}", '[]'),
    put("put-null", "{alpha}", 'null'),
    put("put-empty", "{alpha}", ''),
    put("put-none", "{alpha}", None),
    put("put-blank", "{alpha}", '  '),
    put("put-text", "{alpha}", '{}', TEXT),
    put("put-no-type", "{alpha}", '{}', ()),
    put("put-charset", "{alpha}", '{"traits":{"serial":"SN-A"}} x', (("Content-Type", "Application/JSON; charset=utf-8"),)),
    put("put-duplicate", "{alpha}", '{"traits":{"serial":"sn-b"}}'),
    put("put-password", "{alpha}",
    '{"traits":{"serial":"SN-A"},"credentials":{"password":{"config":{"password":"secret-alpha"}}}}'),
    put("put-password-empty", "{alpha}", '{"traits":{"serial":"SN-A"},"credentials":{"password":{"config":{}}}}'),
    put("put-password-73", "{alpha}",
    '{"traits":{"serial":"SN-A"},"credentials":{"password":{"config":{"password":"%s"}}}}' % ("p" * 73)),
    put("put-oidc", "{delta}",
    '{"traits":{"serial":"SN-D"},"credentials":{"oidc":{"config":{"providers":[{"provider":"g","subject":"S3"}]}}}}'),
    get("put-oidc-get", IDS + "/{delta}?include_credential=oidc"),
    put("put-oidc-again", "{delta}",
    '{"traits":{"serial":"SN-D"},"credentials":{"oidc":{"config":{"providers":[{"provider":"g","subject":"S3"}]}}}}'),
    put("put-oidc-new", "{alpha}",
    '{"traits":{"serial":"SN-A"},"credentials":{"oidc":{"config":{"providers":[{"provider":"h","subject":"S4"}]}}}}'),
    get("put-oidc-new-get", IDS + "/{alpha}?include_credential=oidc&include_credential=password"),
    put("put-email", "{alpha}", '{"traits":{"serial":"SN-A","email":"A@example.org"}}'),
    get("put-email-get", IDS + "/{alpha}"),
    put("put-email-other", "{alpha}", '{"traits":{"serial":"SN-A","email":"b@example.org"}}'),
    get("put-email-other-get", IDS + "/{alpha}"),
    put("put-email-gone", "{alpha}", '{"traits":{"serial":"SN-A"}}'),
    get("put-email-gone-get", IDS + "/{alpha}"),
    put("put-serial-changed", "{alpha}", '{"traits":{"serial":"SN-A2"}}'),
    get("put-serial-changed-get", IDS + "?credentials_identifier=sn-a2"),
    put("put-serial-back", "{alpha}", '{"traits":{"serial":"SN-A"}}'),
    put("put-external", "{beta}", '{"traits":{"serial":"SN-B"},"external_id":"a/b c"}'),
    put("put-external-number", "{beta}", '{"traits":{"serial":"SN-B"},"external_id":7}'),
    put("put-invalid-traits", "{beta}", '{"traits":{"serial":7}}'),
    put("put-blank-serial", "{beta}", '{"traits":{"serial":" "}}'),
]

PATCHES = (
    '[{"op":"replace","path":"/traits/note","value":"x"}]', '[{"op":"add","path":"/traits/model","value":"m"}]',
    '[{"op":"remove","path":"/traits/model"}]', '[{"op":"remove","path":"/traits/model"}]',
    '[{"op":"remove","path":"/traits/serial"}]',
    '[]', 'null', '{}', '', '[] x', '[1]', '[null]', '[{}]', '"x"', '[{"op":"replace"',
    '[{"op":"move","from":"/traits/note","path":"/traits/model"}]', '[{"op":"copy","path":"/x"}]',
    '[{"op":"test","path":"/state"}]',
    '[{"op":"Replace","path":"/state","value":"active"}]', '[{"path":"/state","value":"active"}]',
    '[{"op":"replace","path":"state","value":"active"}]', '[{"op":"replace","value":"active"}]',
    '[{"op":"replace","path":"","value":{}}]',
    '[{"op":"replace","path":"/","value":{}}]', '[{"op":"replace","path":"/metadata_admin"}]',
    '[{"op":"add","path":"/metadata_public"}]',
    '[{"op":"replace","path":"/metadata_admin","value":{"a":[1,2]}}]', '[{"op":"add","path":"/metadata_admin/a/-","value":3}]',
    '[{"op":"replace","path":"/metadata_admin/a/-1","value":9}]', '[{"op":"replace","path":"/metadata_admin/a/7","value":9}]',
    '[{"op":"add","path":"/metadata_admin/a/7","value":9}]', '[{"op":"add","path":"/metadata_admin/a/1","value":1.50}]',
    '[{"op":"remove","path":"/metadata_admin/a/0"}]', '[{"op":"add","path":"/metadata_admin/p/q/r","value":"deep"}]',
    '[{"op":"replace","path":"/metadata_admin/x~1y","value":1},{"op":"add","path":"/metadata_admin/x~0y","value":2}]',
    '[{"op":"add","path":"/metadata_admin/a/x","value":1}]', '[{"op":"remove","path":"/metadata_admin/zz"}]',
    '[{"op":"remove","path":"/metadata_admin/zz/y"}]',
    '[{"op":"remove","path":"/metadata_admin"}]', '[{"op":"remove","path":"/metadata_public"}]',
    '[{"op":"remove","path":"/state"}]',
    '[{"op":"remove","path":"/traits"}]', '[{"op":"remove","path":"/schema_id"}]', '[{"op":"remove","path":"/nothing"}]',
    '[{"op":"replace","path":"/id","value":"x"}]', '[{"op":"replace","path":"/ID","value":"x"}]',
    '[{"op":"replace","path":"/stateChangedAt","value":"x"}]',
    '[{"op":"replace","path":"/credentials","value":{}}]', '[{"op":"replace","path":"/Credentials","value":{}}]',
    '[{"op":"replace","path":"/state","value":"paused"}]', '[{"op":"replace","path":"/state","value":5}]',
    '[{"op":"replace","path":"/state","value":"inactive"}]',
    '[{"op":"replace","path":"/state","value":"active"},{"op":"replace","path":"/traits/note","value":"two"}]',
    '[{"op":"replace","path":"/state","value":"inactive"},{"op":"remove","path":"/traits/none"}]',
    '[{"op":"replace","path":"/foo","value":1}]', '[{"op":"replace","path":"/schema_url","value":"x"}]',
    '[{"op":"replace","path":"/schema_id","value":""}]',
    '[{"op":"replace","path":"/schema_id","value":"nope"}]', '[{"op":"replace","path":"/schema_id","value":"big"}]',
    '[{"op":"replace","path":"/schema_id","value":"device"}]',
    '[{"op":"replace","path":"/created_at","value":"2020-01-02T03:04:05.5+02:00"}]',
    '[{"op":"replace","path":"/updated_at","value":"2020-01-02T03:04:05Z"}]',
    '[{"op":"replace","path":"/created_at","value":"x"}]',
    '[{"op":"replace","path":"/state_changed_at","value":"2021-01-02T03:04:05Z"}]',
    '[{"op":"replace","path":"/organization_id","value":"11111111-2222-4333-8444-000000000009"}]',
    '[{"op":"replace","path":"/organization_id","value":null}]',
    '[{"op":"replace","path":"/traits","value":{"serial":"sn-p2"}}]', '[{"op":"replace","path":"/traits","value":5}]',
    '[{"op":"replace","path":"/traits","value":null}]',
    '[{"op":"replace","path":"/traits/serial","value":"SN-P"}]', '[{"op":"replace","path":"/traits/serial","value":"sn-b"}]',
    '[{"op":"replace","path":"/traits/serial","value":5}]',
    '[{"op":"replace","path":"/traits/email","value":"p@example.org"}]',
    '[{"op":"replace","path":"/verifiable_addresses/0/verified","value":true}]',
    '[{"op":"replace","path":"/verifiable_addresses/0/status","value":"completed"}]',
    '[{"op":"replace","path":"/verifiable_addresses/5/verified","value":true}]',
    '[{"op":"remove","path":"/traits/email"}]', '[{"op":"replace","path":"/external_id","value":"ext-p"}]',
    '[{"op":"remove","path":"/external_id"}]', '[{"op":"replace","path":"/external_id","value":"a/b c"}]',
    '[{"op":"replace","path":"/traits/note","value":"<1.0>"},{"op":"replace","path":"/metadata_public","value":{"z":1.0,"y":1E5,"a":"\\u00e9<"}}]',
    '[{"op":"add","path":"/credentials/totp","value":{"type":"totp","identifiers":["x"],"config":{"totp_url":"u"}}}]',
    '[{"op":"replace","path":"/credentials/password/config/hashed_password","value":"zzz"}]',
    '[{"op":"replace","path":"/credentials/password/identifiers","value":["q"]}]',
    '[{"op":"remove","path":"/credentials/password/config/hashed_password"}]',
    '[{"op":"replace","path":"/credentials/password/config","value":7}]',
    '[{"op":"replace","path":"/credentials/oidc/config","value":{}}]',
    '[{"op":"replace","path":"/credentials/foo/config","value":{}}]',
)
PATCH = [create("pat", '{"traits":{"serial":"SN-P","note":"n"},"credentials":{"password":{"config":{"hashed_password":'
                '"$2a$04$1wjWfVnvdnXDJnjFrU7mOObTNVdC.X2qUWNCbsIJ1CJ3SP1WxIH0C"}}},"metadata_admin":{"k":1}}')]
for number, text in enumerate(PATCHES):
    PATCH.append(patch("patch-%d %s" % (number, text[:90]), "{pat}", text))
    PATCH.append(get("patch-%d-get" % number, IDS + "/{pat}?include_credential=password&include_credential=totp"))
PATCH += [patch("patch-missing", MISSING, 'garbage'), patch("patch-bad-id", "xyz", '[]'), patch("patch-no-type", "{pat}", '[]',
    ()),
          patch("patch-text", "{pat}", '[{"op":"test"}]', TEXT)]

ITEM = '{"create":{"traits":{"serial":"%s"}},"patch_id":"11111111-2222-4333-8444-00000000%s"}'
PID = "11111111-2222-4333-8444-00000000000"
BATCH = [batch(name, body) for name, body in (
    ("batch-two", '{"identities":[%s,%s]}' % (ITEM % ("bt-1", "0001"), ITEM % ("bt-2", "000A"))),
    ("batch-nulls", '{"identities":[{"create":null},{},{"patch_id":"%s1"}]}' % PID),
    ("batch-null-element", '{"identities":[null]}'),
    ("batch-null-element-late", '{"identities":[%s,null]}' % (ITEM % ("bt-late", "0001"))),
    ("batch-empty", '{"identities":[]}'), ("batch-none", '{}'), ("batch-null", 'null'), ("batch-list-null",
    '{"identities":null}'),
    ("batch-empty-body", ''), ("batch-array", '[]'), ("batch-unknown", '{"identities":[],"foo":1}'),
    ("batch-unknown-item", '{"identities":[{"delete":"x"}]}'), ("batch-unknown-create",
    '{"identities":[{"create":{"foo":1}}]}'),
    ("batch-bad-patch-id", '{"identities":[{"create":{"traits":{"serial":"bt-3"}},"patch_id":7}]}'),
    ("batch-patch-id-empty", '{"identities":[{"create":{"traits":{"serial":"bt-3"}},"patch_id":""}]}'),
    ("batch-patch-id-null", '{"identities":[{"create":{"traits":{"serial":"bt-3"}},"patch_id":null}]}'),
    ("batch-cut", '{"identities":[{"create":'), ("batch-type", '{"identities":7}'), ("batch-type-item", '{"identities":[7]}'),
    ("batch-type-create", '{"identities":[{"create":7}]}'), ("batch-type-schema",
    '{"identities":[{"create":{"schema_id":7}}]}'),
    ("batch-one-duplicate", '{"identities":[%s,%s]}' % (ITEM % ("bt-4", "0001"), ITEM % ("bt-1", "0002"))),
    ("batch-inner-duplicate", '{"identities":[%s,%s]}' % (ITEM % ("bt-5", "0001"), ITEM % ("bt-5", "0002"))),
    ("batch-sole-duplicate", '{"identities":[%s]}' % (ITEM % ("bt-1", "0001"))),
    ("batch-sole-survivor", '{"identities":[%s,%s]}' % (ITEM % ("bt-1", "0001"), '{"create":{"traits":{}}}')),
    ("batch-invalid", '{"identities":[%s,%s]}' % (ITEM % ("bt-6", "0001"), '{"create":{"traits":{"serial":5}}}')),
    ("batch-no-traits", '{"identities":[{"create":{}},%s]}' % (ITEM % ("bt-7", "0001"))),
    ("batch-bad-state", '{"identities":[%s,{"create":{"traits":{"serial":"bt-8"},"state":"x"}}]}' % (ITEM % ("bt-8", "0001"))),
    ("batch-bad-hash", '{"identities":[{"create":{"traits":{"serial":"bt-9"},"credentials":{"password":{"config":{"hashed_password":"x"}}}}}]}'),
    ("batch-73", '{"identities":[%s,{"create":{"traits":{"serial":"bt-10"},"credentials":{"password":{"config":{"password":"%s"}}}}}]}' % (ITEM % ("bt-11", "0001"), "p" * 73)),
    ("batch-blank", '{"identities":[%s,{"create":{"traits":{"serial":" "}}}]}' % (ITEM % ("bt-12", "0001"))),
    ("batch-external", '{"identities":[{"create":{"traits":{"serial":"bt-13"},"external_id":"a/b c"}},%s]}' % (ITEM % ("bt-14",
    "0001"))),
    ("batch-email-duplicate",
    '{"identities":[{"create":{"traits":{"serial":"bt-15","email":"owner@example.org"}}},%s]}' % (ITEM % ("bt-16", "0001"))),
    ("batch-too-many", '{"identities":[%s]}' % ",".join(["{}"] * 2001)), ("batch-1001",
    '{"identities":[%s]}' % ",".join(["{}"] * 1001)),
    ("batch-201-plain", '{"identities":[%s]}' % ",".join('{"create":{"traits":{"serial":5},"credentials":{"password":{"config":{"password":"pw"}}}}}' for _ in range(201))),
)]
BATCH += [get("batch-look-%s" % serial, IDS + "?credentials_identifier=" + serial) for serial in
          ("bt-1", "bt-2", "bt-3", "bt-4", "bt-5", "bt-6", "bt-7", "bt-8", "bt-11", "bt-12", "bt-14", "bt-16", "bt-late")]

CREDENTIALS = [
    create("creds", '{"traits":{"serial":"cr-1"},"credentials":{"password":{"config":{"password":"secret-cr"}},"oidc":{"config":'
           '{"providers":[{"provider":"g","subject":"C1"},{"provider":"g","subject":"C2"}]}}}}'),
    create("creds-code", '{"traits":{"serial":"cr-2","email":"cr2@example.org"},"credentials":{"password":{"config":{"password":"secret-cr"}}}}'),
] + [delete("delete-credential-%d" % i, IDS + target) for i, target in enumerate((
    "/%s/credentials/password" % MISSING, "/xyz/credentials/password", "/{creds}/credentials/totp", "/{creds}/credentials/foo",
    "/{creds}/credentials/lookup", "/{creds}/credentials/", "/{creds}/credentials", "/{creds}/credentials/oidc",
    "/{creds}/credentials/oidc?identifier=g:nope", "/{creds}/credentials/oidc?identifier=",
    "/{creds}/credentials/oidc?identifier=g:C1",
    "/{creds}/credentials/password", "/{creds}/credentials/oidc?identifier=g:C2", "/{creds}/credentials/oidc?identifier=g:C2",
    "/{creds}/credentials/password", "/{creds-code}/credentials/code", "/{creds-code}/credentials/password",
    "/{creds-code}/credentials/passkey",
    "/{creds-code}/credentials/saml", "/{creds-code}/credentials/webauthn",
    "/{alpha}/credentials/oidc", "/{alpha}/credentials/password"))]
CREDENTIALS += [get("creds-get", IDS + "/{creds}?include_credential=oidc&include_credential=password"), get("creds-code-get",
    IDS + "/{creds-code}?include_credential=password"),
                get("alpha-get", IDS + "/{alpha}?include_credential=oidc&include_credential=password")]

SES = "/admin/sessions"
SESSIONS = [
    get("sessions-none", SES), get("sessions-none-of", IDS + "/{beta}/sessions"),
    create("sess", '{"traits":{"serial":"ses-1","email":"ses@example.org"},"credentials":{"password":{"config":{"password":"secret-session"}}}}'),
    *login("in1", "ses-1", "secret-session"), *login("in2", "SES-1 ", "secret-session"), *login("in3", "ses-1",
    "secret-session"),
    *login("in4", "ses-1", "secret-session"), *login("in5", "ses-1", "secret-session"), *login("wrong", "ses-1", "nope"),
    *login("nobody", "nobody", "nope"),
    ("whoami-none", "GET", "public:/sessions/whoami", None, ()),
]
SESSIONS += [get("sessions-%d" % i, target) for i, target in enumerate((
    SES, SES + "?page_size=2", SES + "?page_size=2&page_token={next}", SES + "?page_size=2&page_token=", SES + "?page_size=0",
        SES + "?page_size=-1", SES + "?page_size=",
    SES + "?page_size=x", SES + "?page_size=99999999999999999999", SES + "?page_size=1001", SES + "?page_token=x",
        SES + "?page_token=zA", SES + "?page_token=" + MISSING,
    SES + "?active=true", SES + "?active=false", SES + "?active=yes", SES + "?active=", SES + "?expand=",
        SES + "?expand=Identity", SES + "?expand=DEVICES&expand=identity",
    SES + "?expand=identity,devices", SES + "?expand[]=identity", SES + "?active=yes&expand=x", SES + "?page_size=x&active=yes",
        SES + "?per_page=1&page=1",
    SES + "/", SES + "/{in1.session}", SES + "/{in1.session}?expand=identity", SES + "/{in1.session}?expand=devices",
        SES + "/{in1.session}?expand=identity&expand=devices",
    SES + "/{in1.session}?expand=", SES + "/{in1.session}?expand=foo", SES + "/" + MISSING, SES + "/xyz",
        SES + "/xyz?expand=foo", SES + "/" + MISSING + "?expand=foo",
    SES + "/whoami", SES + "/{in1.session}/", SES + "/{in1.session}/extend",
    SES + "/urn:uuid:{in1.session}", SES + "/" + MISSING[:-1], SES + "/" + MISSING[:-1] + "g", SES + "/" + MISSING.replace("-",
        "x"), SES + "/%7B" + MISSING + "%7E", SES + "/%7B%7D",
    SES + "/" + "0" * 33, SES + "/" + "g" * 32,
    IDS + "/{sess}/sessions", IDS + "/{sess}/sessions?page=0&per_page=2", IDS + "/{sess}/sessions?page=1&per_page=2",
        IDS + "/{sess}/sessions?page=2&per_page=2",
    IDS + "/{sess}/sessions?page=3&per_page=2", IDS + "/{sess}/sessions?page=4&per_page=2",
        IDS + "/{sess}/sessions?page_size=2", IDS + "/{sess}/sessions?page=-1&per_page=0",
    IDS + "/{sess}/sessions?page=x&per_page=y&page_token=z",
        IDS + "/{sess}/sessions?page_size=2&page_token=eyJvZmZzZXQiOiIyIiwidiI6Mn0", IDS + "/{sess}/sessions?active=true",
    IDS + "/{sess}/sessions?active=false&per_page=2", IDS + "/{sess}/sessions?active=x", IDS + "/{sess}/sessions?active=",
        IDS + "/xyz/sessions", IDS + "/" + MISSING + "/sessions",
    IDS + "/{sess}/sessions?per_page=5", IDS + "/{sess}/sessions?per_page=1001&foo=bar", IDS + "/{sess}/sessions/",
        IDS + "/{sess}/sessions?page=1&per_page=4",
))]
SESSIONS += [
    ("extend", "PATCH", SES + "/{in1.session}/extend", None, ()), ("extend-missing", "PATCH", SES + "/" + MISSING + "/extend",
    None, ()),
    ("extend-bad", "PATCH", SES + "/xyz/extend", None, ()), ("extend-post", "POST", SES + "/{in1.session}/extend", "", ()),
    delete("disable", SES + "/{in2.session}"), delete("disable-again", SES + "/{in2.session}"), delete("disable-missing",
    SES + "/" + MISSING), delete("disable-bad", SES + "/x"),
    get("disabled", SES + "/{in2.session}?expand=identity"), ("extend-disabled", "PATCH", SES + "/{in2.session}/extend", None,
    ()),
    get("active-after", SES + "?active=true"), get("inactive-after", SES + "?active=false"), get("inactive-of",
    IDS + "/{sess}/sessions?active=false"),
    patch("sess-inactive", "{sess}", '[{"op":"replace","path":"/state","value":"inactive"}]'),
    *login("inactive", "ses-1", "secret-session"),
    get("inactive-session", SES + "/{in1.session}"), get("inactive-session-expanded", SES + "/{in1.session}?expand=identity"),
    ("inactive-extend", "PATCH", SES + "/{in1.session}/extend", None, ()), get("inactive-active",
    SES + "?active=true&expand=identity"),
    get("inactive-active-of", IDS + "/{sess}/sessions?active=true"),
    delete("sessions-delete", IDS + "/{sess}/sessions"), delete("sessions-delete-again", IDS + "/{sess}/sessions"),
    delete("sessions-delete-bad", IDS + "/x/sessions"),
    delete("sessions-delete-missing", IDS + "/" + MISSING + "/sessions"), get("gone", SES + "/{in1.session}"),
    ("sessions-post", "POST", SES, "{}", JSON), ("identity-sessions-post", "POST", IDS + "/{sess}/sessions", "{}", JSON),
]

RECOVERY = [("recovery-%s-%d" % (kind, i), "POST", "/admin/recovery/" + kind + query, body, headers) for kind in ("code",
    "link") for i, (query, body, headers) in enumerate((
    ("", '{"identity_id":"{beta}"}', JSON), ("", '{"identity_id":"{beta}","expires_in":"1h30m"} x', JSON), ("",
    '{"identity_id":"{beta}","expires_in":""}', JSON),
    ("", '{"identity_id":"{beta}","expires_in":"1.5h"}', JSON), ("", '{"identity_id":"{beta}","expires_in":"0s"}', JSON), ("",
    '{"identity_id":"{beta}","expires_in":"-1h"}', JSON),
    ("", '{"identity_id":"{beta}","expires_in":"1d"}', JSON), ("", '{"identity_id":"{beta}","expires_in":"abc"}', JSON), ("",
    '{"identity_id":"{beta}","expires_in":5}', JSON),
    ("", '{"identity_id":"%s"}' % MISSING, JSON), ("", '{}', JSON), ("", '{"identity_id":null}', JSON), ("",
    '{"identity_id":"xyz"}', JSON), ("", '{"identity_id":5}', JSON), ("", '{"identity_id":""}', JSON),
    ("", '{"identity_id":"{beta}","flow_type":"api"}', JSON), ("", '{"identity_id":"{beta}","flow_type":"foo"}', JSON), ("",
    '{"identity_id":"{beta}","flow_type":5}', JSON),
    ("", '{"identity_id":"{beta}","foo":1}', JSON), ("?return_to=https://evil.example/", '{"identity_id":"{beta}"}', JSON),
    ("?return_to=http://127.0.0.1:4455/x", '{"identity_id":"{beta}"}', JSON),
    ("", '{"identity_id":"{beta}"}', TEXT), ("", '{"identity_id":"{beta}"}', ()), ("", '', JSON), ("", None, JSON), ("", '[]',
    JSON), ("", '{', JSON), ("", ' ', JSON),
    ("", '{"identity_id":"%s","expires_in":"abc"}' % MISSING, JSON), ("", '{"identity_id":"{beta}","expires_in":"10"}', JSON),
    ("", 'null', JSON)))]

PUBLIC = [(("public-%d %s %s" % (i, method, path)), method, "public:" + path, body, headers) for i, (method, path, body,
    headers) in enumerate((
    ("GET", "/schemas", None, ()), ("GET", "/schemas?per_page=1", None, ()), ("GET", "/schemas?per_page=1&page=1", None, ()),
    ("GET", "/schemas?page=9", None, ()), ("GET", "/schemas?page_size=1", None, ()),
    ("GET", "/schemas?page=-1&per_page=0", None, ()), ("GET", "/schemas?page=0", None, ()), ("GET", "/admin/schemas", None, ()),
    ("GET", "/admin/schemas/device", None, ()), ("GET", "/schemas/device", None, ()), ("GET", "/schemas/ZGV2aWNl", None, ()),
    ("GET", "/schemas/ZGV2aWNl=", None, ()), ("GET", "/schemas/nope", None, ()), ("GET", "/schemas/bm9wZQ", None, ()), ("GET",
    "/schemas/a%2Fb", None, ()), ("GET", "/schemas/", None, ()), ("HEAD", "/schemas", None, ()), ("HEAD", "/schemas/device",
    None, ()), ("POST", "/schemas", "{}", JSON),
    ("GET", "/admin/identities", None, ()), ("GET", "/identities?page_size=1", None, ()), ("POST", "/admin/identities", "{}",
    JSON), ("PATCH", "/admin/identities", "{}", JSON), ("GET", "/admin/identities/{alpha}", None, ()), ("PUT",
        "/admin/identities/{alpha}", "{}", JSON),
    ("PATCH", "/identities/{alpha}", "[]", JSON), ("DELETE", "/admin/identities/{alpha}", None, ()), ("DELETE",
    "/identities/{alpha}/credentials/totp", None, ()), ("GET", "/identities/{alpha}/sessions", None, ()), ("GET",
    "/admin/identities/{alpha}/sessions", None, ()),
    ("DELETE", "/identities/{alpha}/sessions", None, ()), ("DELETE", "/admin/identities/{alpha}/sessions", None, ()), ("GET",
    "/admin/sessions", None, ()), ("GET", "/admin/sessions/x", None, ()), ("DELETE", "/admin/sessions/x", None, ()), ("PATCH",
    "/admin/sessions/x/extend", None, ()),
    ("POST", "/recovery/code", "{}", JSON), ("POST", "/recovery/link", "{}", JSON), ("POST", "/admin/recovery/code", "{}",
    JSON), ("GET", "/version", None, ()), ("GET", "/health/alive", None, ()), ("GET", "/health/ready", None, ()), ("GET",
        "/nothing", None, ()),
    ("GET", "/admin/nothing", None, ()), ("GET", "/identities/by/external/x", None, ()), ("GET", "/", None, ()), ("POST",
    "/nothing", "{}", JSON)))]

ROUTER = [("router-%d %s %s" % (i, method, path), method, path, body, ()) for i, (method, path, body) in enumerate((
    ("PUT", IDS, "{}"), ("DELETE", IDS, None), ("OPTIONS", IDS, None), ("HEAD", IDS + "?page_size=1", None), ("HEAD", IDS,
    None), ("HEAD", IDS + "/{alpha}", None), ("HEAD", IDS + "/xyz", None), ("POST", IDS + "/{alpha}", "{}"), ("OPTIONS",
        IDS + "/{alpha}", None),
    ("POST", "/admin/sessions", "{}"), ("PUT", "/admin/sessions/x", "{}"), ("PATCH", "/admin/sessions/x", "{}"), ("GET",
    "/admin/sessions/x/extend", None), ("PUT", IDS + "/{alpha}/sessions", "{}"), ("GET", IDS + "/{alpha}/credentials/password",
    None),
    ("DELETE", IDS + "/by/external/x", None), ("PUT", "/admin/recovery/link", "{}"), ("GET", "/admin/recovery/link", None),
    ("DELETE", "/admin/version", None), ("POST", "/admin/health/alive", ""), ("FOO", IDS, None), ("OPTIONS", "/admin/version",
    None), ("OPTIONS", "*", None),
    ("POST", "/identities", "{}"), ("HEAD", "/identities", None), ("DELETE", "/identities/{alpha}x", None), ("POST", IDS + "/",
    "{}"), ("PATCH", IDS + "/", "{}"), ("DELETE", IDS + "/%s/" % MISSING, None), ("POST", "/admin//identities", "{}"), ("POST",
    "/admin/nothing", "{}"), ("PUT", "/schemas", "{}"), ("HEAD", "/schemas", None), ("HEAD", "/admin/nothing", None),
    ("PATCH", IDS + "/{alpha}/", "[]"), ("PUT", IDS + "/{alpha}/", "{}"), ("POST", "/admin/recovery/code/", "{}"), ("CONNECT",
    IDS, None), ("TRACE", IDS, None)))]

DELETE = [delete("delete-missing", IDS + "/" + MISSING), delete("delete-bad", IDS + "/xyz"), ("delete-body", "DELETE",
    IDS + "/{beta}", '{"x":1}', JSON), delete("delete-again", IDS + "/{beta}"),
          get("version", "/admin/version"), ("request-id", "GET", IDS + "/" + MISSING, None, (("X-Request-ID", "abc<>"),)),
          ("gzip", "GET", "/admin/version", None, (("Accept-Encoding", "gzip"),)),
          ("http-date", "GET", "/admin/health/ready", None, (("Authorization", "Bearer x"),))]

RICH = [create("rich-%d" % number, '{"schema_id":"rich","traits":{"serial":"%s",%s}}' % (serial, members)) for number, (serial,
    members) in enumerate((
    ("rich", '"kind":"sensor","fixed":7,"port":80,"ratio":0.5,"step":10,"tags":["a","b"],"x-note":"n","choice":null,"flag":true'), ("RICH", '"kind":"meter"'), ("ri", '"kind":"meter"'),
    ("rich-b", '"kind":"other"'), ("rich-b", '"fixed":8'), ("rich-b", '"fixed":7.0'), ("rich-b", '"port":0'), ("rich-b",
    '"port":65536'), ("rich-b", '"port":1e3'), ("rich-b", '"port":"x"'),
    ("rich-b", '"ratio":0'), ("rich-b", '"ratio":1.5'), ("rich-b", '"step":3'), ("rich-b", '"tags":[]'), ("rich-b",
    '"tags":["a","b","c"]'), ("rich-b", '"tags":["a","a"]'),
    ("rich-b", '"tags":["abcd",5]'), ("rich-b", '"either":1.5'), ("rich-b", '"either":true'), ("rich-b", '"one":2'), ("rich-b",
    '"one":"x"'), ("rich-b", '"one":3.5'), ("rich-b", '"all":"abc"'),
    ("rich-b", '"all":5'), ("rich-b", '"never":"x"'), ("rich-b", '"link":"x"'), ("rich-b", '"link":"http://a b"'), ("rich-b",
    '"day":"2020-13-01"'), ("rich-b", '"at":"x"'), ("rich-b", '"ip":"1.2.3"'),
    ("rich-b", '"choice":5'), ("rich-b", '"flag":"true"'), ("rich-b", '"nested":{}'), ("rich-b", '"nested":{"a":{}}'),
    ("rich-b", '"nested":{"a":5,"b":6}'), ("rich-b", '"x-note":5'), ("rich-b", '"y~/z":5'),
    ("rich-b", '"kind":5')))]

MORE_PATCHES = (
    '[{"op":"replace","path":"/metadata_public","value":null},{"op":"add","path":"/metadata_public/a/b","value":1}]',
    '[{"op":"add","path":"/metadata_public/a/b/c","value":1}]',
    '[{"op":"replace","path":"/metadata_admin","value":[1,2,3]}]', '[{"op":"replace","path":"/metadata_admin/-","value":4}]',
    '[{"op":"remove","path":"/metadata_admin/-1"}]', '[{"op":"add","path":"/metadata_admin/-1","value":5}]',
    '[{"op":"remove","path":"/metadata_admin/9"}]', '[{"op":"remove","path":"/metadata_admin/x"}]',
    '[{"op":"add","path":"/metadata_admin/01","value":0}]', '[{"op":"replace","path":"/metadata_admin","value":"<s>"}]',
    '[{"op":"add","path":"/metadata_admin/k","value":1}]',
    '[{"op":"add","path":"/traits/n","value":5},{"op":"replace","path":"/traits/n","value":6}]',
    '[{"op":"add","path":"/traits/n","value":5,"foo":1}]',
    '[{"op":"remove","path":"/traits/n","value":5}]', '[{"op":"move"},{"op":"replace","path":"/id","value":1}]',
    '[{"op":"replace","path":"/id","value":1},{"op":"move"}]', '[{"op":5,"path":"/state"}]',
    '[{"op":"add","path":5,"value":1}]',
    '[{"op":"replace","path":"/verifiable_addresses","value":[]}]', '[{"op":"replace","path":"/state","value":null}]',
    '[{"op":"replace","path":"/metadata_admin","value":{"a":1,"a":2}}]',
    '[{"op":"add","path":"/metadata_admin/b","value":"\\u003c\\ud800"}]',
)
MORE = [create("more", '{"traits":{"serial":"more"},"metadata_admin":{"k":1}}')]
for number, text in enumerate(MORE_PATCHES):
    MORE.append(patch("more-%d %s" % (number, text[:90]), "{more}", text))
    MORE.append(get("more-%d-get" % number, IDS + "/{more}"))
MORE += [put("more-put-nothing", "{more}", None, ()), put("more-put-text-empty", "{more}", "", TEXT), get("more-ids-500",
    IDS + "?" + "&".join(["ids=" + MISSING] * 500)),
         get("more-ids-501", IDS + "?" + "&".join(["ids=" + MISSING] * 501)), get("more-sessions-order",
         SES + "?page_size=x&expand=x"), get("more-sessions-token", SES + "?page_token=x&expand=x"),
         get("more-list-order", IDS + "?page_size=x&page_token=x"), get("more-list-order-2",
         IDS + "?page_size=x&include_credential=x"), get("more-list-order-3", IDS + "?ids=x&credentials_identifier=a"),
         get("more-list-order-4", IDS + "?page_token=x&ids=x"), create("more-order",
         '{"traits":{"serial":5},"state":"x","credentials":{"password":{"config":{}}}}'),
         create("more-order-2", '{"traits":{"serial":5},"schema_id":"nope","credentials":{"password":{"config":{}}}}'),
         put("more-order-3", "{more}", '{"traits":{"serial":5},"state":"x","schema_id":"nope"}'),
         put("more-order-4", "{more}", '{"traits":{"serial":5},"credentials":{"password":{"config":{}}},"state":"x"}'),
         patch("more-order-5", "{more}",
         '[{"op":"replace","path":"/state","value":"x"},{"op":"replace","path":"/traits","value":5}]')]

CASES = EMPTY + CREATE + READ + LISTS + UPDATE + PATCH + BATCH + CREDENTIALS + SESSIONS + RECOVERY + PUBLIC + ROUTER + DELETE + RICH + MORE


def raw(name, *pieces, replies=1):
    return (name, pieces, replies)


H = b"Host: x\r\n"
GET_VERSION = b"GET /admin/version HTTP/1.1\r\n" + H
CREATE_LINE = b"POST /admin/identities HTTP/1.1\r\n" + H
BODY = b'{"traits":{"serial":"%s"}}'
EXPECT = b"Expect: 100-continue\r\n"

# Bytes for the admin listener: (name, pieces, how many final replies). The next piece goes out after an answer or half a second.
RAW = [
    raw("plain", GET_VERSION + b"\r\n"), raw("bare-lf", b"GET /admin/version HTTP/1.1\nHost: x\n\n"), raw("two-pipelined",
    (GET_VERSION + b"\r\n") * 2, replies=2),
    raw("no-host", b"GET /admin/version HTTP/1.1\r\n\r\n"), raw("two-hosts", GET_VERSION + H + b"\r\n"), raw("empty-host",
    b"GET /admin/version HTTP/1.1\r\nHost:\r\n\r\n"),
    raw("bad-host", b"GET /admin/version HTTP/1.1\r\nHost: a b\r\n\r\n"), raw("bad-host-2",
    b"GET /admin/version HTTP/1.1\r\nHost: a<b\r\n\r\n"),
    raw("crlf-first", b"\r\n" + GET_VERSION + b"\r\n"), raw("garbage", b"garbage\r\n\r\n"), raw("garbage-bytes",
    b"\xff\xfe\x00\r\n\r\n"), raw("no-version", b"GET /admin/version\r\n\r\n"),
    raw("bad-method", b"GE(T /admin/version HTTP/1.1\r\n" + H + b"\r\n"), raw("lower-method",
    b"get /admin/version HTTP/1.1\r\n" + H + b"\r\n"),
    raw("raw-space", b"GET /admin/ver sion HTTP/1.1\r\n" + H + b"\r\n"), raw("bad-escape",
    b"GET /admin/%zz HTTP/1.1\r\n" + H + b"\r\n"), raw("query-escape", b"GET /admin/version?%zz HTTP/1.1\r\n" + H + b"\r\n"),
    raw("relative", b"GET admin/version HTTP/1.1\r\n" + H + b"\r\n"), raw("absolute",
    b"GET http://y/admin/version HTTP/1.1\r\n" + H + b"\r\n"), raw("absolute-https",
        b"GET https://y:9/admin/version HTTP/1.1\r\n" + H + b"\r\n"),
    raw("http-1.2", b"GET /admin/version HTTP/1.2\r\n" + H + b"\r\n"), raw("http-2.0",
    b"GET /admin/version HTTP/2.0\r\n" + H + b"\r\n"), raw("http-0.9", b"GET /admin/version HTTP/0.9\r\n" + H + b"\r\n"),
    raw("http-1", b"GET /admin/version HTTP/1\r\n" + H + b"\r\n"), raw("http-11",
    b"GET /admin/version HTTP/1.11\r\n" + H + b"\r\n"), raw("http-low", b"GET /admin/version http/1.1\r\n" + H + b"\r\n"),
    raw("http10", b"GET /admin/version HTTP/1.0\r\n\r\n"), raw("http10-keep",
    b"GET /admin/version HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
    raw("http10-404", b"GET /admin/x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), raw("close",
    GET_VERSION + b"Connection: close\r\n\r\n"), raw("close-list", GET_VERSION + b"Connection: foo, Close\r\n\r\n"),
    raw("header-space", GET_VERSION + b"A B: c\r\n\r\n"), raw("header-space-colon", GET_VERSION + b"A : c\r\n\r\n"),
    raw("header-no-colon", GET_VERSION + b"abc\r\n\r\n"), raw("header-empty-name", GET_VERSION + b": c\r\n\r\n"),
    raw("header-control", GET_VERSION + b"A: b\x01c\r\n\r\n"), raw("header-nul", GET_VERSION + b"A: b\x00c\r\n\r\n"),
    raw("header-tab", GET_VERSION + b"A: b\tc\r\n\r\n"), raw("header-folded", GET_VERSION + b"A: b\r\n c\r\n\r\n"),
    raw("header-folded-first", b"GET /admin/version HTTP/1.1\r\n " + H + b"\r\n"), raw("header-8bit",
    GET_VERSION + b"A: \xff\r\n\r\n"), raw("header-cr", GET_VERSION + b"A: b\rc\r\n\r\n"),
    raw("two-lengths", CREATE_LINE + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), raw("same-lengths",
    CREATE_LINE + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
    raw("length-list", CREATE_LINE + b"Content-Length: 2, 2\r\n\r\n{}"), raw("length-negative",
    CREATE_LINE + b"Content-Length: -2\r\n\r\n{}"), raw("length-plus", CREATE_LINE + b"Content-Length: +2\r\n\r\n{}"),
    raw("length-text", CREATE_LINE + b"Content-Length: x\r\n\r\n{}"), raw("length-huge",
    CREATE_LINE + b"Content-Length: 99999999999999999999\r\n\r\n{}"),
    raw("coding-gzip", CREATE_LINE + b"Transfer-Encoding: gzip\r\n\r\n{}"), raw("coding-two",
    CREATE_LINE + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), raw("coding-identity",
        CREATE_LINE + b"Transfer-Encoding: identity\r\n\r\n{}"),
    raw("coding-case", CREATE_LINE + b"Transfer-Encoding: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), raw("both-framings",
    CREATE_LINE + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
    raw("chunk-extension", CREATE_LINE + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nTrailer: x\r\n\r\n"),
    raw("chunk-bad-size", CREATE_LINE + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n"),
    raw("chunk-bad-end", CREATE_LINE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n"), raw("chunk-then-next",
    CREATE_LINE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" + GET_VERSION + b"\r\n", replies=2),
    raw("no-length", CREATE_LINE + b"\r\n"), raw("get-with-body",
    GET_VERSION + b"Content-Length: 3\r\n\r\nabc" + GET_VERSION + b"\r\n", replies=2),
    raw("404-with-body", b"POST /admin/nothing HTTP/1.1\r\n" + H + b"Content-Length: 3\r\n\r\nabc" + GET_VERSION + b"\r\n",
    replies=2),
    raw("404-large-body",
    b"POST /admin/nothing HTTP/1.1\r\n" + H + b"Content-Length: 262143\r\n\r\n" + b"a" * 262143 + GET_VERSION + b"\r\n",
        replies=2),
    raw("404-limit-body",
    b"POST /admin/nothing HTTP/1.1\r\n" + H + b"Content-Length: 262144\r\n\r\n" + b"a" * 262144 + GET_VERSION + b"\r\n",
        replies=2),
    raw("404-larger-body",
    b"POST /admin/nothing HTTP/1.1\r\n" + H + b"Content-Length: 262145\r\n\r\n" + b"a" * 262145 + GET_VERSION + b"\r\n",
        replies=2),
    raw("404-chunked-large",
    b"POST /admin/nothing HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n40000\r\n" + b"a" * 262144 + b"\r\n0\r\n\r\n" + GET_VERSION + b"\r\n", replies=2),
    raw("404-chunked-larger",
    b"POST /admin/nothing HTTP/1.1\r\n" + H + b"Transfer-Encoding: chunked\r\n\r\n40001\r\n" + b"a" * 262145 + b"\r\n0\r\n\r\n" + GET_VERSION + b"\r\n", replies=2),
    raw("put-text-large",
    b"PUT /admin/identities/x HTTP/1.1\r\n" + H + b"Content-Type: text/plain\r\nContent-Length: 300000\r\n\r\n" + b"a" * 300000),
    raw("expect", CREATE_LINE + EXPECT + b"Content-Length: 28\r\n\r\n", BODY % b"raw-expect"), raw("expect-at-once",
    CREATE_LINE + EXPECT + b"Content-Length: 29\r\n\r\n" + BODY % b"raw-expect2"),
    raw("expect-case", CREATE_LINE + b"Expect: 100-Continue\r\nContent-Length: 29\r\n\r\n", BODY % b"raw-expect3"),
    raw("expect-empty", CREATE_LINE + EXPECT + b"Content-Length: 0\r\n\r\n"),
    raw("expect-404", b"POST /admin/nothing HTTP/1.1\r\n" + H + EXPECT + b"Content-Length: 3\r\n\r\n", b"abc"),
    raw("expect-404-at-once", b"POST /admin/nothing HTTP/1.1\r\n" + H + EXPECT + b"Content-Length: 3\r\n\r\nabc"),
    raw("expect-415", b"PUT /admin/identities/x HTTP/1.1\r\n" + H + EXPECT + b"Content-Length: 3\r\n\r\n", b"abc"),
    raw("expect-other", CREATE_LINE + b"Expect: foo\r\nContent-Length: 2\r\n\r\n{}"),
    raw("expect-http10", b"POST /admin/identities HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"),
    raw("expect-put", b"PUT /admin/identities/x HTTP/1.1\r\n" + H + EXPECT + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n", b"{}"),
    raw("long-url", b"GET /admin/identities?page_size=x&a=" + b"a" * 100000 + b" HTTP/1.1\r\n" + H + b"\r\n"),
    raw("head-overflow", b"GET /admin/version HTTP/1.1\r\n" + H + b"A: " + b"a" * 1100000 + b"\r\n\r\n"),
    raw("head-fits", b"GET /admin/version HTTP/1.1\r\n" + H + b"A: " + b"a" * 1000000 + b"\r\n\r\n"), raw("create-too-large",
    CREATE_LINE + b"Content-Length: 5242881\r\n\r\n" + b'{"traits":{"serial":"' + b"a" * 5242860),
    raw("patch-too-large",
    b"PATCH /admin/identities/x HTTP/1.1\r\n" + H + b"Content-Length: 5242881\r\n\r\n" + b'["' + b"a" * 5242879),
        raw("batch-too-large",
        b"PATCH /admin/identities HTTP/1.1\r\n" + H + b"Content-Length: 5242881\r\n\r\n" + b'{"identities":["' + b"a" * 5242865),
    raw("put-too-large", b"PUT /admin/identities/x HTTP/1.1\r\n" + H + b"Content-Type: application/json\r\nContent-Length: 5242881\r\n\r\n" + b'{"traits":"' + b"a" * 5242870),
    raw("deep-metadata", CREATE_LINE + b"Content-Length: 18045\r\n\r\n" + b'{"traits":{"serial":"deep"},"metadata_admin":' + b"[" * 9000 + b"]" * 9000 + b"}"),
    raw("too-deep-metadata",
    CREATE_LINE + b"Content-Length: 20050\r\n\r\n" + b'{"traits":{"serial":"deep2"},"metadata_admin":' + b"[" * 10001 + b"]" * 10001 + b"}"),
    raw("control-in-target", b"GET /admin/\x01 HTTP/1.1\r\n" + H + b"\r\n"),
    raw("8bit-in-target", b"GET /admin/\xff HTTP/1.1\r\n" + H + b"\r\n"), raw("fragment",
    b"GET /admin/version#x HTTP/1.1\r\n" + H + b"\r\n"), raw("body-cut-by-close",
        CREATE_LINE + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"),
]
