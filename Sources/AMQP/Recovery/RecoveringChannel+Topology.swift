import Synchronization

/// Exchanges, queues and bindings, which are there again on every later connection.
///
/// Parameters and refusals are those of ``AMQPChannel``. Every call throws, besides, what waiting for the connection does:
/// timedOut, cancelled, and why the connection has ended.
extension RecoveringChannel {
    /// Declares an exchange; with `passive`, only checks that it exists, and nothing is declared again later.
    ///
    /// - Throws: ``AMQPError``, as ``AMQPChannel/declareExchange(_:type:passive:durable:autoDelete:isInternal:arguments:)``.
    public func declareExchange(
        _ name: String,
        type: String = "direct",
        passive: Bool = false,
        durable: Bool = true,
        autoDelete: Bool = false,
        isInternal: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let declare = ExchangeDeclare(
            exchange: name,
            type: type,
            passive: passive,
            durable: durable,
            autoDelete: autoDelete,
            internal: isInternal,
            arguments: arguments
        )
        try await perform { (channel, _) throws(AMQPError) in
            try await channel.call(.exchangeDeclare(declare), .exchangeDeclareOK, "declare exchange '\(name)'")
        } record: { state, _ in
            state.topology.declared(declare)
        }
    }

    /// Deletes an exchange with its bindings; one that does not exist is no error.
    ///
    /// - Throws: ``AMQPError``, as ``AMQPChannel/deleteExchange(_:ifUnused:)``.
    public func deleteExchange(_ name: String, ifUnused: Bool = false) async throws(AMQPError) {
        try await perform { (channel, _) throws(AMQPError) in
            try await channel.deleteExchange(name, ifUnused: ifUnused)
        } record: { state, _ in
            state.topology.deletedExchange(name)
        }
    }

    /// Binds an exchange to another: what `source` gets and the key matches goes to `destination` too.
    ///
    /// - Throws: ``AMQPError``, as ``AMQPChannel/bindExchange(_:to:routingKey:arguments:)``.
    public func bindExchange(
        _ destination: String,
        to source: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let bind = ExchangeBind(destination: destination, source: source, routingKey: routingKey, arguments: arguments)
        try await perform { (channel, _) throws(AMQPError) in
            try await channel.bindExchange(destination, to: source, routingKey: routingKey, arguments: arguments)
        } record: { state, _ in
            state.topology.bound(bind)
        }
    }

    /// Takes a binding away that has this key and these arguments; one that does not exist is no error.
    ///
    /// - Throws: ``AMQPError``, as ``AMQPChannel/unbindExchange(_:from:routingKey:arguments:)``.
    public func unbindExchange(
        _ destination: String,
        from source: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        let unbind = ExchangeUnbind(
            destination: destination,
            source: source,
            routingKey: routingKey,
            arguments: arguments
        )
        try await perform { (channel, _) throws(AMQPError) in
            try await channel.unbindExchange(destination, from: source, routingKey: routingKey, arguments: arguments)
        } record: { state, _ in
            state.topology.unbound(unbind)
        }
    }

    /// Declares a queue; with `passive`, only checks that it exists, and nothing is declared again later.
    ///
    /// With an empty name the broker makes one up, another for each connection, so such a queue has to be exclusive or
    /// auto-delete. Every call of this connection takes the
    /// first one, the one that is returned here, for the queue as long as it is declared;
    /// ``RecoveringConnection/currentName(ofQueue:)`` has the present one, for others.
    ///
    /// - Returns: its name, the number of messages that are ready, and its consumers.
    /// - Throws: ``AMQPError``, as ``AMQPChannel/declareQueue(_:passive:durable:exclusive:autoDelete:arguments:)``.
    @discardableResult
    public func declareQueue(
        _ name: String,
        passive: Bool = false,
        durable: Bool = true,
        exclusive: Bool = false,
        autoDelete: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) -> (name: String, messages: Int, consumers: Int) {
        if name.isEmpty, !passive, !exclusive, !autoDelete {
            throw AMQPError(
                .invalidArgument,
                reason: "a queue that the broker names and that outlives the connection would be lost with its name",
                attempted: "declare a queue without a name",
                hint: "name it, or make it exclusive or auto-delete"
            )
        }
        let connection = connection
        @Sendable func declare(_ name: String) -> QueueDeclare {
            QueueDeclare(
                queue: name,
                passive: passive,
                durable: durable,
                exclusive: exclusive,
                autoDelete: autoDelete,
                arguments: arguments
            )
        }
        let attempted = passive ? "look at queue '\(name)'" : "declare queue '\(name)'"
        let ok = try await perform { (channel, _) throws(AMQPError) -> QueueDeclareOK in
            let method = Method.queueDeclare(declare(connection.currentName(ofQueue: name)))
            guard case .queueDeclareOK(let ok) = try await channel.answer(method, .queueDeclareOK, attempted) else {
                return QueueDeclareOK(queue: name, messageCount: 0, consumerCount: 0)
            }
            return ok
        } record: { state, ok in
            state.topology.declared(declare(name), as: ok.queue)
        }
        // By its present name, the caller would lose it with the connection.
        let returned = connection.state.withLock { $0.topology.originalName(ok.queue) }
        return (returned, Int(ok.messageCount), Int(ok.consumerCount))
    }

    /// Binds a queue to an exchange.
    ///
    /// - Throws: ``AMQPError``, as ``AMQPChannel/bindQueue(_:to:routingKey:arguments:)``.
    public func bindQueue(
        _ queue: String,
        to exchange: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        try Self.checkName(queue)
        let connection = connection
        try await perform { (channel, _) throws(AMQPError) in
            let queue = connection.currentName(ofQueue: queue)
            try await channel.bindQueue(queue, to: exchange, routingKey: routingKey, arguments: arguments)
        } record: { state, _ in
            let bind = QueueBind(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)
            state.topology.bound(bind)
        }
    }

    /// Takes a binding away that has this key and these arguments; one that does not exist is no error.
    ///
    /// - Throws: ``AMQPError``, as ``AMQPChannel/unbindQueue(_:from:routingKey:arguments:)``.
    public func unbindQueue(
        _ queue: String,
        from exchange: String,
        routingKey: String = "",
        arguments: FieldTable = [:]
    ) async throws(AMQPError) {
        try Self.checkName(queue)
        let connection = connection
        try await perform { (channel, _) throws(AMQPError) in
            let queue = connection.currentName(ofQueue: queue)
            try await channel.unbindQueue(queue, from: exchange, routingKey: routingKey, arguments: arguments)
        } record: { state, _ in
            let unbind = QueueUnbind(queue: queue, exchange: exchange, routingKey: routingKey, arguments: arguments)
            state.topology.unbound(unbind)
        }
    }

    /// Deletes a queue with its messages; one that does not exist is no error.
    ///
    /// - Returns: how many messages that were ready went with it; 0 where the connection was lost meanwhile.
    /// - Throws: ``AMQPError``, as ``AMQPChannel/deleteQueue(_:ifUnused:ifEmpty:)``.
    @discardableResult
    public func deleteQueue(
        _ name: String,
        ifUnused: Bool = false,
        ifEmpty: Bool = false
    ) async throws(AMQPError) -> Int {
        try Self.checkName(name)
        let connection = connection
        return try await perform { (channel, _) throws(AMQPError) in
            try await channel.deleteQueue(
                connection.currentName(ofQueue: name),
                ifUnused: ifUnused,
                ifEmpty: ifEmpty
            )
        } record: { state, _ in
            state.topology.deletedQueue(name)
        }
    }

    /// Drops the messages of a queue that are ready.
    ///
    /// - Returns: how many there were.
    /// - Throws: ``AMQPError``, as ``AMQPChannel/purgeQueue(_:)``.
    @discardableResult
    public func purgeQueue(_ name: String) async throws(AMQPError) -> Int {
        try Self.checkName(name)
        let connection = connection
        return try await perform { (channel, _) throws(AMQPError) in
            try await channel.purgeQueue(connection.currentName(ofQueue: name))
        }
    }
}
