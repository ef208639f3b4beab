import Testing

/// The sample with one line replaced, and the one problem that this must report.
struct BrokenConfiguration: Sendable, CustomTestStringConvertible {
    let line: Int
    let replacement: String
    let key: String
    let message: String
    let problemLine: Int

    init(_ line: Int, _ replacement: String, key: String, says message: String, at problemLine: Int? = nil) {
        self.line = line
        self.replacement = replacement
        self.key = key
        self.message = message
        self.problemLine = problemLine ?? line
    }

    var testDescription: String { "\(self.line): \(self.replacement)" }

    static let all: [BrokenConfiguration] = top + schedule + sites + routes + shovels + hooks + rest

    static let top: [BrokenConfiguration] = [
        .init(1, "pair: Orders", key: "pair", says: "is not a name"),
        .init(1, "pair: 7", key: "pair", says: "a number"),
        .init(1, "pair: [a]", key: "pair", says: "a list"),
        .init(1, "pair: {a: b}", key: "pair", says: "a mapping"),
        .init(1, "pair:", key: "pair", says: "is empty"),
        .init(1, "pair: \"\"", key: "pair", says: "is empty"),
        .init(1, "pair: !!binary aGk=", key: "pair", says: "tag"),
        .init(1, "# nothing", key: "pair", says: "is missing", at: 2),
        .init(1, "pair: a\npear: b", key: "pear", says: "did you mean pair", at: 2),
        .init(1, "pair: a\n\"quoted\": b", key: "quoted", says: "known here", at: 2),
        .init(1, "pair: a\n<<: {x: y}", key: "<<", says: "merge keys", at: 2),
        .init(1, "pair: a\n? [x]\n: y", key: "", says: "a key is a list", at: 2),
        .init(1, "pair: a\npair: b", key: "pair", says: "is given twice", at: 2),
        .init(2, "active: dc3", key: "active", says: "is not one of the sites"),
        .init(2, "active: no", key: "active", says: "put it in quotes"),
        .init(31, "federation: [{name: a}]", key: "federation", says: "not done in this version"),
        .init(31, "fence: {by: users, users: [shop]}", key: "fence", says: "not done in this version"),
        .init(31, "budget: [5s]", key: "budget", says: "must be a mapping"),
        .init(31, "budget: {loss: 5}", key: "budget.loss", says: "s"),
        .init(31, "budget: {loss-messages: -1}", key: "budget.loss-messages", says: "1"),
        .init(31, "budget: {evidence-age: 0s}", key: "budget.evidence-age", says: "1s"),
        .init(31, "budget: {messages: 5}", key: "budget.messages", says: "did you mean loss-messages"),
    ]

    /// A time that is right, for entries that are wrong elsewhere.
    private static let at = "at: \"2026-12-06T02:00:00+01:00\""

    static let schedule: [BrokenConfiguration] = [
        .init(31, "schedule: {}", key: "schedule", says: "must be a list"),
        .init(31, "schedule: [dc2]", key: "schedule[0]", says: "must be a mapping"),
        .init(31, "schedule: [{drill: dc2}]", key: "schedule[0].drill", says: "not done in this version"),
        .init(31, "schedule: [{\(at)}]", key: "schedule[0].promote", says: "is missing"),
        .init(31, "schedule: [{promote: dc3, \(at)}]", key: "schedule[0].promote", says: "not one of the sites"),
        .init(31, "schedule: [{promote: dc2}]", key: "schedule[0].at", says: "is missing"),
        .init(
            31,
            "schedule:\n  - promote: dc2\n    at: \"2026-12-06T02:00:00\"",
            key: "schedule[0].at",
            says: "has no offset",
            at: 33
        ),
        .init(31, "schedule: [{promote: dc2, at: 2026-12-06}]", key: "schedule[0].at", says: "is not a time"),
        .init(
            31,
            "schedule: [{promote: dc2, \(at), every: \"0 4 * * 1\", zone: UTC}]",
            key: "schedule[0].every",
            says: "beside at"
        ),
        .init(
            31,
            "schedule: [{promote: dc2, \(at), zone: UTC}]",
            key: "schedule[0].zone",
            says: "means nothing with at"
        ),
        .init(31, "schedule: [{promote: dc2, every: \"0 4 * * 1\"}]", key: "schedule[0].zone", says: "is missing"),
        .init(
            31,
            "schedule: [{promote: dc2, every: \"0 25 * * 1\", zone: UTC}]",
            key: "schedule[0].every",
            says: "as the hour"
        ),
        .init(
            31,
            "schedule: [{promote: dc2, every: \"0 4 * * 1\", zone: PST}]",
            key: "schedule[0].zone",
            says: "not a zone"
        ),
        .init(31, "schedule: [{promote: dc2, \(at), grace: 1s}]", key: "schedule[0].grace", says: "out of bounds"),
        .init(
            31,
            "schedule: [{promote: dc2, \(at), if-lag-below: 2}]",
            key: "schedule[0].if-lag-below",
            says: "no unit"
        ),
        .init(31, "schedule: [{promote: dc2, \(at), forced: true}]", key: "schedule[0].forced", says: "unknown key"),
        .init(
            31,
            "schedule: [{promote: dc2, every: \"0 4 * * 1\", zone: UTC, expect-epoch: 3}]",
            key: "schedule[0].expect-epoch",
            says: "each one makes another epoch"
        ),
        .init(
            31,
            "schedule: [{promote: dc2, \(at)}, {promote: dc2, at: \"2026-12-06T01:00:00Z\", grace: 30m}]",
            key: "schedule[1]",
            says: "plans the same"
        ),
    ]

    static let hooks: [BrokenConfiguration] = [
        .init(31, "hooks: {name: dns}", key: "hooks", says: "must be a list of hooks"),
        .hook("command: [/bin/true]", key: "when", says: "is missing"),
        .hook("when: after-promotion", key: "command", says: "is missing"),
        .hook("when: after-promotoin, command: [/bin/true]", key: "when", says: "did you mean"),
        .hook("when: [], command: [/bin/true]", key: "when", says: "empty list"),
        .hook("when: [after-promotion, never], command: [/bin/true]", key: "when[1]", says: "is not one of"),
        .hook("when: after-promotion, comand: [/bin/true], webhook: https://h", key: "comand", says: "did you mean"),
        .hook("when: after-promotion, command: /bin/true", key: "command", says: "must be a list"),
        .hook("when: after-promotion, command: []", key: "command", says: "empty list"),
        .hook("when: after-promotion, command: [dig]", key: "command[0]", says: "/usr/local/bin/dig"),
        .hook("when: after-promotion, command: [/bin/true, 7]", key: "command[1]", says: "put it in quotes"),
        .hook("when: after-promotion, command: [/bin/true], webhook: https://h", key: "webhook", says: "keep one"),
        .hook("when: after-promotion, command: [/bin/true], key: {env: K}", key: "key", says: "is for a webhook"),
        .hook("when: after-promotion, command: [/bin/true], retries: 2", key: "retries", says: "is for a webhook"),
        .hook("when: after-promotion, webhook: ftp://h/", key: "webhook", says: "is not the URL"),
        .hook("when: after-promotion, webhook: \"https://u:hunter2@h/\"", key: "webhook", says: "is not the URL"),
        .hook("when: after-promotion, webhook: {env: 7up}", key: "webhook.env", says: "not the name"),
        .hook("when: after-promotion, webhook: https://h, retries: 21", key: "retries", says: "out of bounds"),
        .hook("when: after-promotion, command: [/bin/true], timeout: 1h", key: "timeout", says: "out of bounds"),
        .hook("when: after-promotion, command: [/bin/true], timeout: 30", key: "timeout", says: "no unit"),
        .hook(
            "when: after-promotion, command: [/bin/true], veto-forced: true",
            key: "veto-forced",
            says: "before a promotion"
        ),
        .init(
            31,
            "hooks:\n  - {name: a, when: after-promotion, command: [/x]}\n  - {name: a, when: after-promotion, command: [/y]}",
            key: "hooks[1].name",
            says: "line 32",
            at: 33
        ),
    ]

    /// One hook with one mistake.
    private static func hook(_ rest: String, key: String, says message: String) -> BrokenConfiguration {
        .init(31, "hooks: [{name: dns, \(rest)}]", key: "hooks[0].\(key)", says: message)
    }

    static let sites: [BrokenConfiguration] = [
        .init(5, "amqp: amqp://127.0.0.1", key: "sites.dc1.amqp", says: "must be a list"),
        .init(5, "amqp: []", key: "sites.dc1.amqp", says: "empty list"),
        .init(5, "amqp: [http://127.0.0.1]", key: "sites.dc1.amqp[0]", says: "neither amqp://"),
        .init(5, "amqp: [amqp://u:hunter2@h]", key: "sites.dc1.amqp[0]", says: "holds credentials"),
        .init(5, "amqp: [\"amqp://u:hun/ter2@h\"]", key: "sites.dc1.amqp[0]", says: "holds credentials"),
        .init(5, "amqp: [amqp://h/vhost]", key: "sites.dc1.amqp[0]", says: "has a path"),
        .init(5, "amqp: [amqp://h?heartbeat=5]", key: "sites.dc1.amqp[0]", says: "parameters"),
        .init(5, "amqp: [amqp://h:0]", key: "sites.dc1.amqp[0]", says: "no port"),
        .init(5, "amqp: [amqp://h:65536]", key: "sites.dc1.amqp[0]", says: "no port"),
        .init(5, "amqp: [\"amqp://h:\"]", key: "sites.dc1.amqp[0]", says: "no port"),
        .init(5, "amqp: [\"amqp://\"]", key: "sites.dc1.amqp[0]", says: "no host"),
        .init(5, "amqp: [\"amqp://::1\"]", key: "sites.dc1.amqp[0]", says: "more than one colon"),
        .init(5, "amqp: [\"amqp://[::1\"]", key: "sites.dc1.amqp[0]", says: "not closed"),
        .init(5, "amqp: [\"amqp://[host]\"]", key: "sites.dc1.amqp[0]", says: "no IPv6 address"),
        .init(5, "amqp: [\"amqp://a b\"]", key: "sites.dc1.amqp[0]", says: "has a space"),
        .init(5, "amqp: [amqp://h, amqp://h:5672]", key: "sites.dc1.amqp[1]", says: "same address"),
        .init(5, "# none", key: "sites.dc1.amqp", says: "is missing", at: 4),
        .init(6, "stream: [amqp://h]", key: "sites.dc1.stream[0]", says: "neither rabbitmq-stream://"),
        .init(7, "management: [http://h/api]", key: "sites.dc1.management[0]", says: "/api"),
        .init(8, "metrics: [http://h/metrics/]", key: "sites.dc1.metrics[0]", says: "write what comes before /metrics"),
        .init(8, "metrics: [http://h, http://h:15692]", key: "sites.dc1.metrics[1]", says: "same address"),
        .init(8, "metrics: [\"http://u:hunter2@h\"]", key: "sites.dc1.metrics[0]", says: "holds credentials"),
        .init(8, "metrics: []", key: "sites.dc1.metrics", says: "empty list"),
        .init(8, "metrics: http://h", key: "sites.dc1.metrics", says: "list"),
        .init(8, "vhost: [a]", key: "sites.dc1.vhost", says: "a list"),
        .init(8, "vhosts: a", key: "sites.dc1.vhosts", says: "did you mean vhost"),
        .init(9, "auth: plane", key: "sites.dc1.auth", says: "did you mean plain"),
        .init(10, "# none", key: "sites.dc1.username", says: "is missing", at: 4),
        .init(10, "username: 0123", key: "sites.dc1.username", says: "put it in quotes"),
        .init(11, "# none", key: "sites.dc1.password", says: "is missing", at: 4),
        .init(11, "password: {env: NOT_THERE}", key: "sites.dc1.password", says: "NOT_THERE is not set"),
        .init(11, "password: {env: EMPTY}", key: "sites.dc1.password", says: "EMPTY is empty"),
        .init(11, "password: {env: \"a b\"}", key: "sites.dc1.password.env", says: "not the name"),
        .init(11, "password: {file: /no/such}", key: "sites.dc1.password", says: "/no/such"),
        .init(11, "password: {env: A, file: B}", key: "sites.dc1.password", says: "both"),
        .init(11, "password: {}", key: "sites.dc1.password", says: "empty"),
        .init(11, "password: \"\"", key: "sites.dc1.password", says: "is empty"),
        .init(11, "password: \"a\\0b\"", key: "sites.dc1.password", says: "NUL"),
        .init(11, "password: {env: DC1_PASSWORD}\ntls: {ca: /no/ca}", key: "sites.dc1.tls.ca", says: "/no/ca", at: 12),
        .init(
            11,
            "password: {env: DC1_PASSWORD}\ntls: {sni: a}",
            key: "sites.dc1.tls.sni",
            says: "unknown key",
            at: 12
        ),
        .init(11, "password: {env: DC1_PASSWORD}\nadmin: x", key: "sites.dc1.admin", says: "must be username", at: 12),
        .init(16, "password: {env: DC2_PASSWORD}\namqp: []", key: "sites.dc2.amqp", says: "twice", at: 17),
    ]

    static let routes: [BrokenConfiguration] = [
        .init(18, "- name: Orders", key: "routes[0].name", says: "is not a name"),
        .init(18, "- name: b\n  title: a", key: "routes[0].title", says: "unknown key", at: 19),
        .init(
            18,
            "- name: a\n  exchange: orders\n- name: b",
            key: "routes[1].exchange",
            says: "route of line 19",
            at: 21
        ),
        .init(18, "- name: a\n  exchange: o\n- name: a", key: "routes[1].name", says: "route of line 18", at: 20),
        .init(19, "exchange: \"\"", key: "routes[0].exchange", says: "default exchange"),
        .init(19, "exchange: ..", key: "routes[0].exchange", says: "management API"),
        .init(19, "exchange: ropeway.a.b", key: "routes[0].exchange", says: "Ropeway's own"),
        .init(19, "# none", key: "routes[0].exchange", says: "is missing", at: 18),
        .init(20, "bindings: upsteam", key: "routes[0].bindings", says: "is not upstream"),
        .init(20, "bindings: []", key: "routes[0].bindings", says: "captures nothing"),
        .init(20, "bindings: {routing-key: a}", key: "routes[0].bindings", says: "brackets"),
        .init(20, "bindings: [{routing_key: a}]", key: "routes[0].bindings[0].routing_key", says: "routing-key"),
        .init(20, "bindings: [{routing-key: 5}]", key: "routes[0].bindings[0].routing-key", says: "in quotes"),
        .init(20, "bindings: [{routing-key: a}, {routing-key: a}]", key: "routes[0].bindings[1]", says: "same binding"),
        .init(
            20,
            "bindings: [{arguments: {n: 1.5}}]",
            key: "routes[0].bindings[0].arguments.n",
            says: "not a whole number"
        ),
        .init(
            20,
            "bindings: [{arguments: {x-match: none}}]",
            key: "routes[0].bindings[0].arguments.x-match",
            says: "way to match"
        ),
        .init(21, "capture: {type: stream}", key: "routes[0].capture.max-length-bytes", says: "is missing"),
        .init(21, "capture: {max-length-bytes: 10}", key: "routes[0].capture.max-length-bytes", says: "1MB to"),
        .init(21, "capture: {max-length-bytes: 10gb}", key: "routes[0].capture.max-length-bytes", says: "not a size"),
        .init(22, "standby: {ttl: 60}", key: "routes[0].standby.ttl", says: "such as 60s"),
        .init(22, "standby: {ttl: 1:30}", key: "routes[0].standby.ttl", says: "not a duration"),
        .init(22, "standby: {ttl: 500ms}", key: "routes[0].standby.ttl", says: "out of bounds"),
        .init(22, "standby: {ttl: [1h]}", key: "routes[0].standby.ttl", says: "a list"),
        .init(22, "standby: {max-length: 0}", key: "routes[0].standby.max-length", says: "out of bounds"),
        .init(22, "standby: {max-length: \"5\"}", key: "routes[0].standby.max-length", says: "without quotes"),
        .init(22, "standby: {max-length: 0755}", key: "routes[0].standby.max-length", says: "decimal digits"),
        .init(
            22,
            "standby: {protect-unconsumed: true}",
            key: "routes[0].standby.protect-unconsumed",
            says: "{up-to: 20GB}"
        ),
        .init(
            22,
            "standby: {protect-unconsumed: {}}",
            key: "routes[0].standby.protect-unconsumed.up-to",
            says: "up-to"
        ),
        .init(
            22,
            "standby: {max-length-bytes: 5GB, protect-unconsumed: {up-to: 1GB}}",
            key: "routes[0].standby.protect-unconsumed.up-to",
            says: "less than max-length-bytes"
        ),
        .init(22, "standby: {ttl: 1h, ttl: 2h}", key: "routes[0].standby.ttl", says: "twice"),
        .init(
            22,
            "standby:\n  type: classic\n  hold: x",
            key: "routes[0].standby.hold",
            says: "not a duration",
            at: 24
        ),
        .init(23, "replay: {window: watermarks}", key: "routes[0].replay.window", says: "did you mean watermark"),
        .init(23, "replay: {window: {since: soon}}", key: "routes[0].replay.window.since", says: "not a duration"),
        .init(23, "replay: {window: {}}", key: "routes[0].replay.window.since", says: "is missing"),
        .init(23, "replay: {rate: -1}", key: "routes[0].replay.rate", says: "out of bounds"),
        .init(24, "accept-routing-change: yes", key: "routes[0].accept-routing-change", says: "write true"),
        .init(24, "accept-routing-change: off", key: "routes[0].accept-routing-change", says: "write false"),
        .init(24, "trust-user-id: \"true\"", key: "routes[0].trust-user-id", says: "unquoted"),
        .init(24, "acceptRoutingChange: true", key: "routes[0].acceptRoutingChange", says: "accept-routing-change"),
    ]

    static let shovels: [BrokenConfiguration] = [
        .init(26, "- name: orders", key: "shovels[0].name", says: "name of a route"),
        .init(27, "source: {site: dc1}", key: "shovels[0].source.queue", says: "is missing"),
        .init(27, "source: {site: dc3, queue: a}", key: "shovels[0].source.site", says: "one of dc1, dc2"),
        .init(27, "source: {site: dc1, exchange: a, queue: b}", key: "shovels[0].source.exchange", says: "a queue is"),
        .init(
            27,
            "source: {site: dc1, exchange: a, predeclared: true}",
            key: "shovels[0].source.predeclared",
            says: "does not go with"
        ),
        .init(
            27,
            "source: {site: dc1, queue: a, delete-after: soon}",
            key: "shovels[0].source.delete-after",
            says: "is no end"
        ),
        .init(
            27,
            "source: {site: dc1, queue: a, delete-after: -1}",
            key: "shovels[0].source.delete-after",
            says: "out of bounds"
        ),
        .init(
            27,
            "source: {site: dc1, queue: a, consumer-arguments: {x-priority: [1]}}",
            key: "shovels[0].source.consumer-arguments.x-priority",
            says: "a string"
        ),
        .init(27, "source: {site: dc1, queue: ropeway.a}", key: "shovels[0].source.queue", says: "Ropeway's own"),
        .init(
            27,
            "source: {site: dc1, queue: ropeway.a.b.c.quarantine}",
            key: "shovels[0].source.queue",
            says: "Ropeway's own"
        ),
        .init(
            27,
            "source: {site: dc1, queue: ropeway.p.audit.quarantine}",
            key: "shovels[0].source",
            says: "which reads one itself"
        ),
        .init(
            27,
            "source: {site: dc1, queue: a, protocol: amqp10}",
            key: "shovels[0].source.protocol",
            says: "speaks AMQP 0-9-1"
        ),
        .init(
            28,
            "destination: {site: dc2, queue: a, protocol: local}",
            key: "shovels[0].destination.protocol",
            says: "speaks AMQP 0-9-1"
        ),
        .init(28, "destination: {site: dc1, queue: audit}", key: "shovels[0].destination", says: "consumes"),
        .init(
            28,
            "destination: {site: dc2, queue: a, exchange: b}",
            key: "shovels[0].destination.exchange",
            says: "as well"
        ),
        .init(29, "ack-mode: on-pulish", key: "shovels[0].ack-mode", says: "one of on-confirm"),
        .init(29, "ack-mode: no-ack", key: "shovels[0].prefetch-count", says: "means nothing", at: 30),
        .init(29, "rate: 0", key: "shovels[0].rate", says: "out of bounds"),
        .init(29, "byte-rate: 10", key: "shovels[0].byte-rate", says: "out of bounds"),
        .init(29, "reconnect-delay: 5s", key: "shovels[0].reconnect-delay", says: "unknown key"),
        .init(30, "prefetch-count: 65536", key: "shovels[0].prefetch-count", says: "1 to 65535"),
    ]

    static let rest: [BrokenConfiguration] = [
        .init(32, "health: {interval: 1ms}", key: "health.interval", says: "1s to 5m"),
        .init(32, "health: 5s", key: "health", says: "a string"),
        .init(32, "topology: {users: true}", key: "topology.sync", says: "is missing"),
        .init(32, "topology: {sync: on}", key: "topology.sync", says: "one of continuous, off"),
        .init(32, "topology: {sync: continous}", key: "topology.sync", says: "did you mean continuous"),
        .init(32, "topology: {sync: continuous, interval: 1s}", key: "topology.interval", says: "5s to"),
        .init(32, "topology: {sync: continuous, users: yes}", key: "topology.users", says: "write true"),
        .init(33, "api: {listen: \"0.0.0.0:8470\", insecure: true}", key: "api.listen", says: "no token"),
        .init(33, "api: {listen: \"[::]:8470\", insecure: true}", key: "api.listen", says: "no token"),
        .init(
            33,
            "api: {listen: \"0.0.0.0:8470\", token: {env: DC1_PASSWORD}}",
            key: "api.listen",
            says: "no TLS of its own"
        ),
        .init(33, "api: {socket: orders.sock}", key: "api.socket", says: "not an absolute path"),
        .init(33, "api: {socket: /\(String(repeating: "a", count: 103))}", key: "api.socket", says: "104 bytes"),
        .init(33, "api: {listen: \"127.0.0.1\"}", key: "api.listen", says: "no port"),
        .init(33, "api: {listen: 8470}", key: "api.listen", says: "a number"),
        .init(33, "api: {token: {env: NOT_THERE}}", key: "api.token", says: "NOT_THERE is not set"),
        .init(33, "\tapi: {}", key: "", says: "spaces"),
        .init(33, "api: {listen: [}", key: "", says: "not YAML"),
        .init(33, "api: *unknown", key: "", says: "undefined alias"),
        .init(33, "---\nother: document", key: "", says: "another document"),
    ]
}
