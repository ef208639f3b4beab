import HTTPClient

/// Declaring what messages pass through: exchanges, queues and bindings.
///
/// Each call needs the permissions that the same declaration over AMQP needs. One that is there already, and as it is
/// wanted, is left alone; one that is there and differs is refused (400).
extension ManagementAPI {
    /// Declares an exchange.
    package func putExchange(
        _ name: String,
        virtualHost: String,
        type: String,
        isDurable: Bool = true,
        isAutoDelete: Bool = false,
        isInternal: Bool = false,
        arguments: [String: JSONValue] = [:]
    ) async throws(ManagementError) {
        let json: JSONValue = [
            "type": .string(type), "durable": .bool(isDurable), "auto_delete": .bool(isAutoDelete),
            "internal": .bool(isInternal), "arguments": .object(arguments),
        ]
        try await perform(ManagementCall(.put, ["exchanges", virtualHost, name], json: json))
    }

    /// Declares a queue. Its type is one of the arguments.
    package func putQueue(
        _ name: String,
        virtualHost: String,
        isDurable: Bool = true,
        isAutoDelete: Bool = false,
        arguments: [String: JSONValue] = [:]
    ) async throws(ManagementError) {
        let json: JSONValue = [
            "durable": .bool(isDurable), "auto_delete": .bool(isAutoDelete), "arguments": .object(arguments),
        ]
        try await perform(ManagementCall(.put, ["queues", virtualHost, name], json: json))
    }

    /// Binds a queue or an exchange to an exchange. One binding more with the same key and arguments changes nothing.
    package func putBinding(
        from source: String,
        to destination: String,
        _ destinationType: Binding.DestinationType,
        virtualHost: String,
        routingKey: String,
        arguments: [String: JSONValue] = [:]
    ) async throws(ManagementError) {
        let parts = Self.parts(of: source, destination, destinationType, virtualHost)
        let json: JSONValue = ["routing_key": .string(routingKey), "arguments": .object(arguments)]
        var call = ManagementCall(.post, parts, json: json)
        call.isIdempotent = true
        try await perform(call)
    }

    /// Deletes a binding. Returns whether it existed.
    @discardableResult
    package func deleteBinding(
        from source: String,
        to destination: String,
        _ destinationType: Binding.DestinationType,
        virtualHost: String,
        routingKey: String,
        arguments: [String: JSONValue] = [:]
    ) async throws(ManagementError) -> Bool {
        let parts = Self.parts(of: source, destination, destinationType, virtualHost)
        // RabbitMQ names a binding by a key of its own, which only a look at the bindings tells.
        let bindings = try await find([KeyedBinding].self, ManagementCall(.get, parts)) ?? []
        guard
            let found = bindings.first(where: {
                $0.binding.routingKey == routingKey && $0.binding.arguments == arguments
            })
        else { return false }
        return try await remove(ManagementCall(.delete, parts + [found.key]))
    }

    private static func parts(
        of source: String,
        _ destination: String,
        _ destinationType: Binding.DestinationType,
        _ virtualHost: String
    ) -> [String] {
        ["bindings", virtualHost, "e", source, destinationType == .queue ? "q" : "e", destination]
    }

    /// All queues of a virtual host with their totals in one answer, so that none is missed because others went while it was
    /// read: for who takes a missing one for one that is not there.
    package func allQueues(virtualHost: String) async throws(ManagementError) -> [QueueTotals] {
        let query = [(name: "disable_stats", value: "true"), (name: "enable_queue_totals", value: "true")]
        return try await fetch([QueueTotals].self, ManagementCall(.get, ["queues", virtualHost], query: query))
    }

    /// All exchanges of a virtual host in one answer, as ``allQueues(virtualHost:)``.
    package func allExchanges(virtualHost: String) async throws(ManagementError) -> [Exchange] {
        let query = [(name: "disable_stats", value: "true")]
        return try await fetch([Exchange].self, ManagementCall(.get, ["exchanges", virtualHost], query: query))
    }

    /// What this version does not recommend any more, and whether it still permits it. Empty where the version (up to
    /// 3.12) has no such list.
    package func deprecatedFeatures() async throws(ManagementError) -> [DeprecatedFeature] {
        let call = ManagementCall(.get, ["deprecated-features"])
        return try await find([LenientElement<DeprecatedFeature>].self, call)?.compactMap(\.value) ?? []
    }
}

/// A binding with the name that RabbitMQ gives it.
private struct KeyedBinding: Decodable {
    var binding: Binding
    var key: String

    init(from decoder: any Decoder) throws {
        binding = try Binding(from: decoder)
        key = try LenientObject(decoder).required("properties_key")
    }
}

/// Something that RabbitMQ is about to give up.
package struct DeprecatedFeature: Sendable, Hashable, Decodable {
    /// The name, such as `transient_nonexcl_queues`.
    package var name: String
    /// Whether it is refused; `nil` where the version does not say.
    package var isDenied: Bool?

    /// Decodes a feature as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        let phase = object.text("deprecation_phase")
        let state: String? = object.optional("state")
        isDenied = phase == "removed" ? true : state.map { $0 == "denied" }
    }
}
