import Notation
import Yams

extension ShovelConfiguration {
    static let keys = ["name", "source", "destination", "ack-mode", "prefetch-count", "rate", "byte-rate"]
    /// AMQP's prefetch count has 16 bits.
    private static let prefetchCounts = 1...65_535
    private static let defaultPrefetchCount = 1_000

    /// Reads `shovels`: the valid ones, after everything wrong was reported.
    ///
    /// - Parameter streamSites: the sites that have listeners of the stream protocol; `nil` where they can't be told.
    static func readList(
        _ cursor: Cursor?,
        siteNames: [String],
        routeNames: Set<String>,
        streamSites: Set<String>?
    ) -> [ShovelConfiguration] {
        guard let elements = cursor?.list(expected: "a list of shovels") else { return [] }
        var names: [String: Int] = [:]
        var shovels: [ShovelConfiguration] = []
        var sources: [String: Cursor] = [:]
        for element in elements {
            guard let fields = element.fields(Self.keys, expected: "a mapping that describes a shovel") else {
                continue
            }
            let name = fields.required("name", hint: "such as name: audit")?.name(expected: "the shovel's name")
            if let name, let cursor = fields["name"] {
                if let line = names[name] {
                    cursor.error("\(Shown.value(name)) is also the shovel of line \(line)", hint: "names are unique")
                } else if routeNames.contains(name) {
                    cursor.error(
                        "\(Shown.value(name)) is also the name of a route",
                        hint: "commands take either by its name, so they differ"
                    )
                }
                names[name] = names[name] ?? cursor.line
            }
            guard let shovel = Self.read(fields, name: name, siteNames: siteNames, streamSites: streamSites) else {
                continue
            }
            shovels.append(shovel)
            sources[shovel.name] = fields["source"]
        }
        Self.refuseRounds(shovels, sources)
        return shovels
    }

    private static func read(
        _ fields: Fields,
        name: String?,
        siteNames: [String],
        streamSites: Set<String>?
    ) -> ShovelConfiguration? {
        let source = fields.required("source", hint: "such as source: {site: dc1, queue: audit}")
            .flatMap { Source.read($0, siteNames: siteNames) }
        let destination = fields.required("destination", hint: "such as destination: {site: dc2, queue: audit}")
            .flatMap { Destination.read($0, siteNames: siteNames) }
        let mode = fields["ack-mode"].map { $0.choice(AcknowledgementMode.self) } ?? .onConfirm
        let prefetchCount =
            fields["prefetch-count"].map { $0.integer(in: Self.prefetchCounts, unit: "messages") }
            ?? Self.defaultPrefetchCount
        let rate = Self.optional(fields["rate"]) { $0.integer(in: 1...10_000_000, unit: "messages a second") }
        let byteRate = Self.optional(fields["byte-rate"]) { $0.bytes(in: 1_000...100_000_000_000) }
        if mode == .noAck, let prefetch = fields["prefetch-count"] {
            prefetch.error("means nothing with ack-mode no-ack", hint: "leave it out, or acknowledge")
            return nil
        }
        if mode == .noAck, let source, source.deleteAfter != .never {
            fields["ack-mode"]?.error(
                "no-ack loses what comes after the end that source.delete-after sets",
                hint: "on-confirm or on-publish"
            )
            return nil
        }
        if mode == .noAck, source?.isStream ?? false {
            fields["ack-mode"]?.error(
                "no-ack does not go with a stream, which the broker delivers for acknowledgement only",
                hint: "on-confirm or on-publish"
            )
            return nil
        }
        if let source, let destination, !Self.checkStreams(fields, source, destination, streamSites) {
            return nil
        }
        if let source, let destination, source.site == destination.site, Self.isLoop(source, destination) {
            fields["destination"]?.error("is the queue that the shovel consumes", hint: "name another queue or site")
        }
        guard let name, let source, let destination, let mode, let prefetchCount, let rate, let byteRate else {
            return nil
        }
        return ShovelConfiguration(
            name: name,
            source: source,
            destination: destination,
            acknowledgement: mode,
            prefetchCount: prefetchCount,
            rate: rate,
            byteRate: byteRate
        )
    }

    private static func isLoop(_ source: Source, _ destination: Destination) -> Bool {
        switch source.origin {
        case .queue(let queue): destination.target == .queue(queue)
        case .stream(let stream, _): destination.target == .stream(stream)
        case .exchange: false
        }
    }

    /// What a key says; the inner `nil` where it is absent, the outer where it is wrong.
    static func optional<Value>(_ cursor: Cursor?, _ read: (Cursor) -> Value?) -> Value?? {
        guard let cursor else { return .some(nil) }
        return read(cursor).map { .some($0) }
    }

    static func readSite(_ fields: Fields, siteNames: [String]) -> String? {
        guard let cursor = fields.required("site", hint: "name one of the two sites"),
            let name = cursor.name(expected: "the name of a site")
        else { return nil }
        guard siteNames.isEmpty || siteNames.contains(name) else {
            cursor.error(
                "\(Shown.value(name)) is not one of the sites",
                hint: "one of \(siteNames.map(Shown.name).joined(separator: ", "))"
            )
            return nil
        }
        return name
    }

    /// Refuses what RabbitMQ's plugin speaks beside AMQP 0-9-1.
    fileprivate static func checkProtocol(_ fields: Fields) {
        guard let cursor = fields["protocol"], let name = cursor.string(expected: "amqp091", longest: 64),
            name != "amqp091"
        else { return }
        cursor.error(
            "\(Shown.value(name)) is not supported: a shovel speaks AMQP 0-9-1 to both ends",
            hint: "write amqp091 or leave it out; RabbitMQ's shovel plugin has others"
        )
    }

    /// The queue of an end; the inner `nil` where it is an exchange, the outer where it is wrong or both are named.
    ///
    /// - Parameter takesQuarantines: whether it may be a quarantine.
    fileprivate static func readQueue(_ fields: Fields, takesQuarantines: Bool = false) -> String?? {
        let queue = Self.optional(fields["queue"]) {
            $0.objectName(expected: "the name of a queue", takesQuarantines: takesQuarantines)
        }
        if fields["queue"] != nil, let other = fields["exchange"] ?? fields["routing-key"] {
            other.error("a queue is named as well", hint: "either queue, or exchange and routing-key")
            return nil
        }
        return queue
    }

    /// A routing key, which may be empty.
    fileprivate static func readKey(_ cursor: Cursor) -> String? {
        cursor.string(expected: "a routing key", longest: 255, allowsEmpty: true)
    }
}

extension ShovelConfiguration.Source {
    static let keys = [
        "site", "queue", "exchange", "routing-key", "queue-arguments", "predeclared", "consumer-arguments",
        "consumer-tag", "delete-after", "protocol", "stream", "offset",
    ]

    fileprivate static func read(_ cursor: Cursor, siteNames: [String]) -> Self? {
        guard let fields = cursor.fields(Self.keys, expected: "site and queue, or site and exchange") else {
            return nil
        }
        let site = ShovelConfiguration.readSite(fields, siteNames: siteNames)
        ShovelConfiguration.checkProtocol(fields)
        let origin = Self.readOrigin(fields)
        let queueArguments = fields["queue-arguments"].map { $0.arguments("queue arguments") } ?? [:]
        let consumerArguments = fields["consumer-arguments"].map { $0.arguments("consumer arguments") } ?? [:]
        let isPredeclared = fields["predeclared"].map { $0.boolean() } ?? false
        let tag = fields["consumer-tag"].map { $0.string(expected: "a consumer tag", longest: 255) } ?? "ropeway"
        let deleteAfter = fields["delete-after"].map { Self.readDeleteAfter($0) } ?? .never
        if isPredeclared == true, fields["exchange"] != nil || fields["queue-arguments"] != nil {
            fields["predeclared"]?.error(
                "does not go with exchange or queue-arguments",
                hint: "the queue of a source exchange is the shovel's own, and a predeclared one has its arguments"
            )
            return nil
        }
        guard let site, let origin, let queueArguments, let consumerArguments, let isPredeclared, let tag,
            let deleteAfter
        else { return nil }
        return Self(
            site: site,
            origin: origin,
            queueArguments: queueArguments,
            isPredeclared: isPredeclared,
            consumerArguments: consumerArguments,
            consumerTag: tag,
            deleteAfter: deleteAfter
        )
    }

    /// Whether its arguments say that it is a stream.
    fileprivate var isStream: Bool {
        if case .stream = origin { return true }
        return queueArguments["x-queue-type"] == .string("stream") || consumerArguments["x-stream-offset"] != nil
    }

    private static func readOrigin(_ fields: Fields) -> ShovelConfiguration.Origin? {
        if let stream = fields["stream"] { return readStream(stream, fields) }
        if let offset = fields["offset"] {
            offset.error("belongs to a stream", hint: "name the stream, or use consumer-arguments for a queue")
            return nil
        }
        let exchange = fields["exchange"].map { $0.objectName(expected: "the name of an exchange") }
        let routingKey = fields["routing-key"].map { ShovelConfiguration.readKey($0) } ?? ""
        guard let queue = ShovelConfiguration.readQueue(fields, takesQuarantines: true) else { return nil }
        if let queue { return .queue(queue) }
        guard let exchange else {
            fields.missing("queue", hint: "name the queue or the exchange that the shovel consumes")
            return nil
        }
        guard let exchange, let routingKey else { return nil }
        return .exchange(name: exchange, routingKey: routingKey)
    }

    private static func readDeleteAfter(_ cursor: Cursor) -> ShovelConfiguration.DeleteAfter? {
        if cursor.plainKind == .number {
            return cursor.integer(in: 0...Int.max, unit: "messages").map { .messages($0) }
        }
        switch cursor.node.scalar?.string {
        case "never": return .never
        case "queue-length": return .queueLength
        case let text? where text.first?.isNumber == true:
            return cursor.duration(in: .seconds(1)...(.seconds(36_500 * 86_400))).map { .duration($0) }
        default:
            cursor.error("is no end", hint: "never, queue-length, a number of messages, or a duration such as 1h")
            return nil
        }
    }
}

extension ShovelConfiguration.Destination {
    static let keys = [
        "site", "queue", "exchange", "routing-key", "queue-arguments", "predeclared", "publish-properties",
        "add-forward-headers", "add-timestamp-header", "protocol", "stream",
    ]

    fileprivate static func read(_ cursor: Cursor, siteNames: [String]) -> Self? {
        guard let fields = cursor.fields(Self.keys, expected: "site and queue, or site and exchange") else {
            return nil
        }
        let site = ShovelConfiguration.readSite(fields, siteNames: siteNames)
        ShovelConfiguration.checkProtocol(fields)
        let target = Self.readTarget(fields)
        let queueArguments = fields["queue-arguments"].map { $0.arguments("queue arguments") } ?? [:]
        let isPredeclared = fields["predeclared"].map { $0.boolean() } ?? false
        let properties =
            fields["publish-properties"].map { ShovelConfiguration.PublishProperties.read($0) }
            ?? ShovelConfiguration.PublishProperties()
        let forward = fields["add-forward-headers"].map { $0.boolean() } ?? false
        let timestamp = fields["add-timestamp-header"].map { $0.boolean() } ?? false
        if case .exchange = target, let wrong = fields["queue-arguments"] {
            wrong.error("only a queue has arguments here", hint: "Ropeway declares no exchange; leave it out")
            return nil
        }
        if isPredeclared == true, let wrong = fields["queue-arguments"] {
            wrong.error("a predeclared queue has its arguments", hint: "leave either out")
            return nil
        }
        guard let site, let target, let queueArguments, let isPredeclared, let properties, let forward, let timestamp
        else { return nil }
        return Self(
            site: site,
            target: target,
            queueArguments: queueArguments,
            isPredeclared: isPredeclared,
            properties: properties,
            addsForwardHeaders: forward,
            addsTimestampHeader: timestamp
        )
    }

    private static func readTarget(_ fields: Fields) -> ShovelConfiguration.Target? {
        if let stream = fields["stream"] { return readStream(stream, fields) }
        guard let queue = ShovelConfiguration.readQueue(fields) else { return nil }
        if let queue { return .queue(queue) }
        // What is absent keeps what the message came with.
        let exchange = ShovelConfiguration.optional(fields["exchange"]) {
            $0.objectName(expected: "the name of an exchange")
        }
        let routingKey = ShovelConfiguration.optional(fields["routing-key"]) { ShovelConfiguration.readKey($0) }
        guard let exchange, let routingKey else { return nil }
        return .exchange(name: exchange, routingKey: routingKey)
    }
}
