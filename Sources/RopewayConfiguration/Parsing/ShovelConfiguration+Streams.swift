import Notation
import Yams

/// Shovels that speak the stream protocol at one end, or that copy a stream into a stream.
extension ShovelConfiguration {
    /// Whether the sites of streams have listeners for them, and nothing is set that has no meaning for streams.
    static func checkStreams(
        _ fields: Fields,
        _ source: Source,
        _ destination: Destination,
        _ streamSites: Set<String>?
    ) -> Bool {
        var isFrom = false
        var isTo = false
        if case .stream = source.origin { isFrom = true }
        if case .stream = destination.target { isTo = true }
        var isRight = true
        for (key, site, isStream) in [("source", source.site, isFrom), ("destination", destination.site, isTo)] {
            guard isStream, let streamSites, !streamSites.contains(site) else { continue }
            fields[key]?.error(
                "is a stream, and site \(Shown.name(site)) has no listener for that",
                hint: "add stream: [rabbitmq-stream://HOST] to the site, or take it as a queue"
            )
            isRight = false
        }
        if isFrom, isTo { return checkCopy(fields, destination) && isRight }
        return isRight
    }

    /// Whether nothing is set that a copy has no use for.
    private static func checkCopy(_ fields: Fields, _ destination: Destination) -> Bool {
        var isRight = true
        for key in ["ack-mode", "prefetch-count"] {
            guard let cursor = fields[key] else { continue }
            cursor.error(
                "means nothing for a stream that is copied into a stream",
                hint: "leave it out: each message arrives exactly once"
            )
            isRight = false
        }
        if !destination.properties.isEmpty || destination.addsForwardHeaders || destination.addsTimestampHeader {
            fields["destination"]?.error(
                "changes messages, and a stream is copied into a stream as it is",
                hint: "leave out publish-properties, add-forward-headers and add-timestamp-header"
            )
            isRight = false
        }
        return isRight
    }

    /// Reports what stands beside the name of a stream and means nothing there.
    fileprivate static func onlyStream(_ fields: Fields, _ keys: [String], besides: Set<String>) -> Bool {
        var isRight = true
        for key in keys where !besides.contains(key) {
            guard let cursor = fields[key] else { continue }
            cursor.error("does not go with a stream", hint: "leave it out")
            isRight = false
        }
        return isRight
    }
}

extension ShovelConfiguration.Source {
    static func readStream(_ cursor: Cursor, _ fields: Fields) -> ShovelConfiguration.Origin? {
        let name = cursor.objectName(expected: "the name of a stream")
        let offset = fields["offset"].map { readOffset($0) } ?? .first
        guard ShovelConfiguration.onlyStream(fields, keys, besides: ["site", "stream", "offset"]), let name, let offset
        else { return nil }
        return .stream(name, from: offset)
    }

    private static func readOffset(_ cursor: Cursor) -> ShovelConfiguration.StreamOffset? {
        if cursor.plainKind == .number {
            return cursor.integer(in: 0...Int.max, unit: "(an offset)").map { .offset(UInt64($0)) }
        }
        switch cursor.node.scalar?.string {
        case "first": return .first
        case "next": return .next
        default:
            cursor.error("is no place in a stream", hint: "first, next or an offset")
            return nil
        }
    }
}

extension ShovelConfiguration.Destination {
    static func readStream(_ cursor: Cursor, _ fields: Fields) -> ShovelConfiguration.Target? {
        let name = cursor.objectName(expected: "the name of a stream")
        // What changes messages goes with one that is written message by message.
        let keys = keys.filter { !$0.hasPrefix("publish-") && !$0.hasPrefix("add-") }
        guard ShovelConfiguration.onlyStream(fields, keys, besides: ["site", "stream"]), let name else { return nil }
        return .stream(name)
    }
}
