/// What routing depends on in one message.
struct MessageFacts {
    /// Its routing key and those of its `CC` and `BCC` headers.
    var keys: [[UInt8]]
    /// The headers that bindings ask for, by their number; `nil` where they were not read.
    var headers: [Header]?
    /// Whether it was dead-lettered, or says so.
    ///
    /// RabbitMQ keeps such a message out of queues that it has been in before, which is no matter of bindings; and from
    /// 4.0 on it leaves a `CC` header in place that no longer counts.
    var wasDeadLettered = false

    /// A header that bindings ask for.
    enum Header {
        case missing
        case value(RoutingValue)
        /// There are several of the name, and versions differ in which counts.
        case several
    }

    /// - Parameter names: the names that bindings ask for, with their numbers.
    init(key: UnsafeRawBufferPointer, headers source: some RoutingHeaders, names: [[UInt8]: Int]) {
        var keys = [Array(key)]
        var headers = [Header](repeating: .missing, count: names.count)
        var wasDeadLettered = false
        var sawCopies: (cc: Bool, bcc: Bool) = (false, false)
        source.forEachHeader { name, value in
            switch RoutingHeaderName(name) {
            case .death?: wasDeadLettered = true
            case .copies?:
                // The first of a name counts.
                let isFirst = name.count == 2 ? !sawCopies.cc : !sawCopies.bcc
                if name.count == 2 { sawCopies.cc = true } else { sawCopies.bcc = true }
                if isFirst, case .array(let elements) = value() {
                    for case .string(let key) in elements { keys.append(key) }
                }
            case nil: break
            }
            guard !names.isEmpty, let number = names[Array(name)] else { return }
            if case .missing = headers[number] { headers[number] = .value(value()) } else { headers[number] = .several }
        }
        self.keys = keys
        self.headers = headers
        self.wasDeadLettered = wasDeadLettered
    }

    /// A message of which only the key is known to matter.
    init(key: [UInt8]) {
        keys = [key]
    }
}
