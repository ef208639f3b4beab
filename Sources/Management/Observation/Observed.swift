/// A value that is read from the management API again and again, and therefore by hand.
protocol Observed {
    /// Reads a value; `nil` for one that makes no sense.
    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed)
}

/// One page of a list, or a list that has no pages.
package struct ObservedPage<Item: Sendable>: Sendable {
    /// What the page has.
    package var items: [Item]
    /// How many pages there are; 0 for none at all.
    package var pageCount: Int
    /// Whether everything of the page was read: what is too much, or makes no sense, is left out.
    package var isComplete: Bool

    package init(items: [Item], pageCount: Int = 1, isComplete: Bool = true) {
        self.items = items
        self.pageCount = pageCount
        self.isComplete = isComplete
    }
}

extension ObservedPage: Equatable where Item: Equatable {}

extension ObservedPage where Item: Observed {
    /// - Parameter most: how many items are taken at most.
    init(reading text: UnsafeRawBufferPointer, most: Int) throws(JSONReader.Malformed) {
        self.init(items: [])
        var reader = JSONReader(text)
        var page = self
        func readItems(_ reader: inout JSONReader, _ page: inout ObservedPage) throws(JSONReader.Malformed) {
            try reader.forEachElement { (reader) throws(JSONReader.Malformed) in
                guard page.items.count < most else {
                    page.isComplete = false
                    return try reader.skip()
                }
                if let item = try Item(&reader) { page.items.append(item) } else { page.isComplete = false }
            }
        }
        if text.first(where: { $0 > 0x20 }) == UInt8(ascii: "[") {
            // Some resources have no pages, whatever is asked for.
            try readItems(&reader, &page)
        } else {
            var hasItems = false
            try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
                if name == "items" {
                    hasItems = true
                    try readItems(&reader, &page)
                } else if name == "page_count" {
                    page.pageCount = Int(clamping: max(0, try reader.integer() ?? 1))
                } else {
                    try reader.skip()
                }
            }
            guard hasItems else { throw JSONReader.Malformed(position: reader.position) }
        }
        try reader.end()
        self = page
    }
}

extension JSONReader {
    /// Reads a count of messages; `nil` where it can't be one.
    mutating func count() throws(Malformed) -> Int64? {
        try integer().flatMap { (0...LenientObject.mostCounted).contains($0) ? $0 : nil }
    }

    /// Reads the texts of a list.
    mutating func strings() throws(Malformed) -> [String] {
        var result: [String] = []
        try forEachElement { (reader) throws(Malformed) in
            guard let text = try reader.string(), result.count < 64 else { return }
            result.append(text)
        }
        return result
    }

    /// Reads the texts, numbers and truth values of a table. RabbitMQ sends `[]` for an empty one.
    mutating func settings() throws(Malformed) -> [String: JSONValue] {
        var result: [String: JSONValue] = [:]
        try forEachMember { (name, reader) throws(Malformed) in
            let value = try reader.scalar()
            guard result.count < 64, let value else { return }
            result[String(decoding: name, as: UTF8.self)] = value
        }
        return result
    }
}
