/// How much a message that was published looks like one that came back, by headers.
///
/// A headers exchange routes by them alone, so messages with one key and body may differ in fate. RabbitMQ 4 rewrites the
/// headers of what it returns, so that their bytes differ. They are compared by name and value, integers of all
/// types by their number.
package struct HeaderLikeness {
    private let returned: [String: FieldValue]

    package init(_ returned: BasicProperties) {
        self.returned = Self.byName(returned.headers)
    }

    /// How many headers are the same in both; `nil` where one of the message's headers came back with another value, or,
    /// unless a broker may have added it on the way, did not come back.
    package func sharedHeaders(with message: BasicProperties) -> Int? {
        var shared = 0
        for (name, value) in Self.byName(message.headers) {
            switch returned[name] {
            case value?: shared += 1
            case nil where name.hasPrefix("x-"): continue
            default: return nil
            }
        }
        return shared
    }

    /// Whether no more can be shared.
    package func isWhole(_ shared: Int) -> Bool { shared == returned.count }

    /// Of several headers of one name the first counts, as it does for RabbitMQ 4.
    private static func byName(_ headers: FieldTable?) -> [String: FieldValue] {
        var result: [String: FieldValue] = [:]
        for field in headers?.fields ?? [] where result[field.name] == nil {
            result[field.name] = field.value.integerValue.map { .int64($0) } ?? field.value
        }
        return result
    }
}
