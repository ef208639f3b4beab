/// What was declared on a ``RecoveringConnection`` and is to be there again after it was lost, without I/O.
///
/// It follows what brokers do by themselves: deleting a queue or an exchange takes its bindings along, and one that was
/// declared auto-delete goes with its last consumer or binding.
struct TopologyRecord: Sendable, Equatable {
    enum Binding: Sendable, Hashable {
        case queue(QueueBind)
        case exchange(ExchangeBind)

        fileprivate var source: String {
            switch self {
            case .queue(let bind): bind.exchange
            case .exchange(let bind): bind.source
            }
        }
    }

    /// Something to declare again.
    enum Declaration: Sendable, Equatable {
        case exchange(ExchangeDeclare)
        /// A queue, with the name that it had first: the broker gives one that it named another name.
        case queue(QueueDeclare, originalName: String)
    }

    private struct Exchange: Sendable, Equatable {
        var place: Int
        var declare: ExchangeDeclare

        var isTransient: Bool { declare.autoDelete || !declare.durable }
    }

    private struct Queue: Sendable, Equatable {
        var place: Int
        var declare: QueueDeclare
        var name: String
        var consumers = 0

        var isTransient: Bool { declare.exclusive || declare.autoDelete || !declare.durable }
    }

    private var exchanges: [String: Exchange] = [:]
    /// By the names that they had first.
    private var queues: [String: Queue] = [:]
    /// With the names that queues had first, and their places in the order of declaration.
    private var bound: [Binding: Int] = [:]
    private var lastPlace = 0

    // MARK: What is to be declared

    /// Exchanges and queues, in the order in which they were declared.
    func declarations(_ scope: TopologyRecovery = .all) -> [Declaration] {
        if scope == .nothing { return [] }
        let declared =
            exchanges.values.filter { scope == .all || $0.isTransient }
            .map { ($0.place, Declaration.exchange($0.declare)) }
            + queues.filter { scope == .all || $1.isTransient }
            .map { ($1.place, Declaration.queue($1.declare, originalName: $0)) }
        return declared.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// Bindings, in the order in which they were made, with the present names of the queues.
    func bindings(_ scope: TopologyRecovery = .all) -> [Binding] {
        if scope == .nothing { return [] }
        return bound.filter { scope == .all || isTransient($0.key) }.sorted { $0.value < $1.value }.map { binding, _ in
            guard case .queue(var bind) = binding else { return binding }
            bind.queue = presentName(bind.queue)
            return .queue(bind)
        }
    }

    /// A binding goes with either of its ends.
    private func isTransient(_ binding: Binding) -> Bool {
        if exchanges[binding.source]?.isTransient == true { return true }
        return switch binding {
        case .queue(let bind): queues[bind.queue]?.isTransient ?? false
        case .exchange(let bind): exchanges[bind.destination]?.isTransient ?? false
        }
    }

    // MARK: Names of queues

    /// The name that a queue has now, by any name that it had when the caller learnt of it: its first or its present one.
    func presentName(_ name: String) -> String {
        queues[name]?.name ?? name
    }

    /// The name that a queue had first, by that or its present one.
    func originalName(_ name: String) -> String {
        if queues[name] != nil { return name }
        return queues.first { $0.value.name == name }?.key ?? name
    }

    /// Notes the name that the broker gave a queue which it named.
    mutating func renamed(_ originalName: String, to name: String) {
        queues[originalName]?.name = name
    }

    // MARK: What is not wanted any more

    /// Forgets what the broker refuses; what is bound to it stays, since it may be there and differ.
    mutating func forget(_ declaration: Declaration) {
        switch declaration {
        case .exchange(let declare): exchanges[declare.exchange] = nil
        case .queue(_, let name): queues[name] = nil
        }
    }

    /// Forgets a binding that the broker refuses, given with the present name of its queue.
    mutating func forget(_ binding: Binding) {
        guard case .queue(var bind) = binding else {
            bound[binding] = nil
            return
        }
        bind.queue = originalName(bind.queue)
        bound[.queue(bind)] = nil
    }

    // MARK: What happened

    mutating func declared(_ declare: ExchangeDeclare) {
        // The default exchange and the broker's own are always there.
        guard !declare.passive, !declare.exchange.isEmpty, !declare.exchange.hasPrefix("amq.") else { return }
        exchanges[declare.exchange] = Exchange(place: exchanges[declare.exchange]?.place ?? next(), declare: declare)
    }

    /// - Parameter name: the one that the broker answered with.
    mutating func declared(_ declare: QueueDeclare, as name: String) {
        guard !declare.passive else { return }
        queues[name] = Queue(
            place: queues[name]?.place ?? next(),
            declare: declare,
            name: name,
            consumers: queues[name]?.consumers ?? 0
        )
    }

    mutating func deletedExchange(_ name: String) {
        exchanges[name] = nil
        remove { binding in
            switch binding {
            case .queue(let bind): bind.exchange == name
            case .exchange(let bind): bind.source == name || bind.destination == name
            }
        }
    }

    mutating func deletedQueue(_ name: String) {
        let original = originalName(name)
        queues[original] = nil
        remove { binding in
            if case .queue(let bind) = binding { bind.queue == original } else { false }
        }
    }

    mutating func bound(_ bind: QueueBind) {
        var bind = bind
        bind.queue = originalName(bind.queue)
        add(.queue(bind))
    }

    mutating func unbound(_ unbind: QueueUnbind) {
        let bind = QueueBind(
            queue: originalName(unbind.queue),
            exchange: unbind.exchange,
            routingKey: unbind.routingKey,
            arguments: unbind.arguments
        )
        remove { $0 == .queue(bind) }
    }

    mutating func bound(_ bind: ExchangeBind) { add(.exchange(bind)) }

    mutating func unbound(_ unbind: ExchangeUnbind) {
        let bind = ExchangeBind(
            destination: unbind.destination,
            source: unbind.source,
            routingKey: unbind.routingKey,
            arguments: unbind.arguments
        )
        remove { $0 == .exchange(bind) }
    }

    mutating func consumerStarted(_ queue: String) {
        queues[originalName(queue)]?.consumers += 1
    }

    mutating func consumerEnded(_ queue: String) {
        let original = originalName(queue)
        guard var record = queues[original], record.consumers > 0 else { return }
        record.consumers -= 1
        queues[original] = record
        if record.declare.autoDelete, record.consumers == 0 { deletedQueue(original) }
    }

    // MARK: Parts

    private mutating func next() -> Int {
        lastPlace += 1
        return lastPlace
    }

    private mutating func add(_ binding: Binding) {
        if bound[binding] == nil { bound[binding] = next() }
    }

    private mutating func remove(_ isMeant: (Binding) -> Bool) {
        let gone = bound.keys.filter(isMeant)
        guard !gone.isEmpty else { return }
        for binding in gone { bound[binding] = nil }
        // An auto-delete exchange goes with the last binding that leads away from it, and takes those to it along.
        for source in Set(gone.map(\.source)) where exchanges[source]?.declare.autoDelete == true {
            if !bound.keys.contains(where: { $0.source == source }) { deletedExchange(source) }
        }
    }
}
