extension RouteConfiguration {
    private static let keys = [
        "name", "exchange", "bindings", "capture", "standby", "replay", "accept-routing-change", "trust-user-id",
    ]

    /// Reads `routes`: the valid ones, after everything wrong was reported.
    ///
    /// - Parameter siteWithoutStreams: a site that has no listener of the stream protocol.
    static func readList(_ cursor: Cursor?, siteWithoutStreams: String? = nil) -> [RouteConfiguration] {
        guard let elements = cursor?.list(expected: "a list of routes") else { return [] }
        var names: [String: Int] = [:]
        var exchanges: [String: Int] = [:]
        var routes: [RouteConfiguration] = []
        for element in elements {
            guard let fields = element.fields(Self.keys, expected: "a mapping that describes a route") else { continue }
            let name = fields.required("name", hint: "such as name: orders")?.name(expected: "the route's name")
            let exchange = fields.required("exchange", hint: "name the exchange on the active site")
                .flatMap { Self.readExchange($0) }
            if let name, let cursor = fields["name"] {
                if let line = names[name] {
                    cursor.error("\(Shown.value(name)) is also the route of line \(line)", hint: "names are unique")
                }
                names[name] = names[name] ?? cursor.line
            }
            if let exchange, let cursor = fields["exchange"] {
                if let line = exchanges[exchange] {
                    cursor.error(
                        "\(Shown.value(exchange)) already has the route of line \(line)",
                        hint: "one route for each exchange, since a replay would repeat the messages of both"
                    )
                }
                exchanges[exchange] = exchanges[exchange] ?? cursor.line
            }
            guard let route = Self.read(fields, name: name, exchange: exchange) else { continue }
            Self.checkStream(route, fields, siteWithoutStreams)
            routes.append(route)
        }
        return routes
    }

    private static func read(_ fields: Fields, name: String?, exchange: String?) -> RouteConfiguration? {
        let bindings = Bindings.read(fields["bindings"])
        let capture = Capture.read(fields["capture"])
        let standby = Standby.read(fields["standby"])
        let replay = Replay.read(fields["replay"], timeToLive: standby?.timeToLive)
        if let standby, standby.protectedBytes != nil, let replay, replay.window != .watermark {
            fields["standby"]?.error(
                "protect-unconsumed needs to know what is consumed, and replay.window is not watermark",
                hint: "set replay.window to watermark, its default, or leave protect-unconsumed out"
            )
        }
        let acceptsRoutingChange = fields["accept-routing-change"].map { $0.boolean() } ?? false
        let trustsUserID = fields["trust-user-id"].map { $0.boolean() } ?? false
        guard let name, let exchange, let bindings, let capture, let standby, let replay, let acceptsRoutingChange,
            let trustsUserID
        else { return nil }
        return RouteConfiguration(
            name: name,
            exchange: exchange,
            bindings: bindings,
            capture: capture,
            standby: standby,
            replay: replay,
            acceptsRoutingChange: acceptsRoutingChange,
            trustsUserID: trustsUserID
        )
    }

    private static func readExchange(_ cursor: Cursor) -> String? {
        // `exchange: ""` is how AMQP writes the default exchange, so it deserves an answer of its own.
        if cursor.isQuotedEmpty {
            cursor.error(
                "is the default exchange, which no capture can be bound to",
                hint: "name another exchange and let the applications publish there"
            )
            return nil
        }
        return cursor.objectName(expected: "the name of an exchange")
    }
}

extension RouteConfiguration.Capture {
    /// 10 GB: several hours of a busy exchange, and small against a broker's disk.
    private static let defaultLength = 10_000_000_000

    fileprivate static func read(_ cursor: Cursor?) -> Self? {
        guard let cursor else { return Self(type: nil, maxLengthBytes: Self.defaultLength) }
        guard let fields = cursor.fields(["type", "max-length-bytes"], expected: "a mapping of capture settings") else {
            return nil
        }
        let type = fields["type"].flatMap { $0.choice(RouteConfiguration.QueueType.self) }
        if type == .stream, fields["max-length-bytes"] == nil {
            fields.missing(
                "max-length-bytes",
                hint: "a stream keeps what is relayed as well: say how much of the active site's disks it may take"
            )
            return nil
        }
        let length = fields["max-length-bytes"].map { $0.bytes(in: RouteConfiguration.lengthBytes) }
        guard let length = length ?? Self.defaultLength else { return nil }
        return Self(type: type, maxLengthBytes: length)
    }
}

extension RouteConfiguration.Standby {
    private static let keys = ["type", "ttl", "max-length", "max-length-bytes", "hold", "protect-unconsumed"]
    private static let longestTime = Duration.seconds(365 * 86_400)
    private static let defaultTimeToLive = Duration.seconds(3_600)
    private static let defaultHold = Duration.seconds(86_400)
    private static let defaultLength = 5_000_000_000
    private static let mostMessages = 1_000_000_000_000

    fileprivate static func read(_ cursor: Cursor?) -> Self? {
        guard let cursor else {
            return Self(
                type: .stream,
                timeToLive: Self.defaultTimeToLive,
                maxLength: nil,
                maxLengthBytes: Self.defaultLength,
                hold: Self.defaultHold
            )
        }
        guard let fields = cursor.fields(Self.keys, expected: "a mapping of limits") else { return nil }
        let type = fields["type"].map { $0.choice(RouteConfiguration.QueueType.self) } ?? .stream
        let timeToLive =
            fields["ttl"].map { $0.duration(in: .seconds(1)...Self.longestTime) } ?? Self.defaultTimeToLive
        let maxLength = fields["max-length"].flatMap { $0.integer(in: 1...Self.mostMessages, unit: "messages") }
        let length =
            fields["max-length-bytes"].map { $0.bytes(in: RouteConfiguration.lengthBytes) } ?? Self.defaultLength
        let hold = fields["hold"].map { $0.duration(in: .zero...Self.longestTime) } ?? Self.defaultHold
        guard let type, let timeToLive, let length, let hold else { return nil }
        return Self(
            type: type,
            timeToLive: timeToLive,
            maxLength: maxLength,
            maxLengthBytes: length,
            hold: hold,
            protectedBytes: fields["protect-unconsumed"].flatMap { Self.readProtection($0, maxLengthBytes: length) }
        )
    }

    /// `{up-to: 20GB}`
    private static func readProtection(_ cursor: Cursor, maxLengthBytes: Int) -> Int? {
        let expected = "a mapping such as {up-to: 20GB}"
        guard let fields = cursor.fields(["up-to"], expected: expected),
            let upTo = fields.required("up-to", hint: "such as up-to: 20GB"),
            let bytes = upTo.bytes(in: RouteConfiguration.lengthBytes)
        else { return nil }
        guard bytes >= maxLengthBytes else {
            upTo.error(
                "is less than max-length-bytes, \(maxLengthBytes) bytes, which is what the store keeps anyway",
                hint: "raise up-to, or lower max-length-bytes"
            )
            return nil
        }
        return bytes
    }
}

extension RouteConfiguration.Replay {
    private static let rates = 1...10_000_000
    private static let longestLimit = Duration.seconds(365 * 86_400)
    private static let keys = ["window", "rate", "trust-timestamps", "processing-limit"]

    fileprivate static func read(_ cursor: Cursor?, timeToLive: Duration?) -> Self? {
        guard let cursor else { return Self(window: .watermark, rate: nil) }
        guard let fields = cursor.fields(Self.keys, expected: "a mapping of replay settings") else {
            return nil
        }
        let window = fields["window"].map { Self.readWindow($0, timeToLive: timeToLive) } ?? .watermark
        let rate = fields["rate"].flatMap { $0.integer(in: Self.rates, unit: "messages a second") }
        let trustsTimestamps = fields["trust-timestamps"].flatMap { $0.boolean() } ?? false
        let processingLimit =
            fields["processing-limit"].map { $0.duration(in: .seconds(1)...Self.longestLimit) } ?? .some(nil)
        guard let window, let processingLimit else { return nil }
        return Self(window: window, rate: rate, trustsTimestamps: trustsTimestamps, processingLimit: processingLimit)
    }

    private static func readWindow(_ cursor: Cursor, timeToLive: Duration?) -> RouteConfiguration.ReplayWindow? {
        let expected = "watermark, all or {since: 15m}"
        guard cursor.isMapping else {
            switch cursor.string(expected: expected) {
            case "watermark": return .watermark
            case "all": return .all
            case nil: return nil
            case let other?:
                let near = Spelling.nearest(to: other, among: ["watermark", "all"])
                cursor.error(
                    "\(Shown.value(other)) is not \(expected)",
                    hint: near.map { "did you mean \($0)?" } ?? "choose one of them"
                )
                return nil
            }
        }
        guard let fields = cursor.fields(["since"], expected: expected),
            let since = fields.required("since", hint: "such as {since: 15m}"),
            let duration = since.duration(in: .seconds(1)...Duration.seconds(365 * 86_400))
        else { return nil }
        if let timeToLive, duration > timeToLive {
            since.warning(
                "reaches back further than the ttl of \(Quantity.text(timeToLive))",
                hint: "what is older than ttl is never replayed"
            )
        }
        return .since(duration)
    }
}

extension RouteConfiguration {
    /// What queues and streams may be limited to: 1 MB, below which a stream can't drop a segment, to 1000 TB.
    static let lengthBytes = 1_000_000...1_000_000_000_000_000
}
