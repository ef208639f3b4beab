import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What was decoded of lists that are read again and again: of most items the next answer has the same bytes, and decoding
/// them again would cost many times what comparing them does.
final class DecodedLists<Item: Decodable & Sendable>: Sendable {
    /// An answer: a list, or a page of one.
    struct Page: Sendable {
        var items: [Item] = []
        var pageCount = 1
        /// How many items all pages have, where the answer says so.
        var total: Int?
        /// Whether each item could be read.
        var isWhole = true
    }

    private struct Known {
        var body: [UInt8]
        var page: Page
        /// By the bytes of each item, which are part of the body.
        var items: [ArraySlice<UInt8>: Item]
    }

    private let known = Mutex<[String: Known]>([:])

    /// - Parameter target: the request that was answered.
    /// - Throws: ``JSONReader/Malformed``.
    func page(of target: String, _ body: [UInt8]) throws(JSONReader.Malformed) -> Page {
        let before = known.withLock { $0[target] }
        if let before, before.body == body { return before.page }
        var page = Page()
        var ranges: [Range<Int>] = []
        let result = body.withUnsafeBytes { bytes -> Result<Void, JSONReader.Malformed> in
            do throws(JSONReader.Malformed) {
                var reader = JSONReader(bytes)
                try Self.read(&reader, &page, &ranges)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        var items: [ArraySlice<UInt8>: Item] = [:]
        items.reserveCapacity(ranges.count)
        page.items.reserveCapacity(ranges.count)
        let decoder = JSONDecoder()
        for range in ranges {
            let bytes = body[range]
            let item = before?.items[bytes] ?? (try? decoder.decode(Item.self, from: Data(bytes)))
            guard let item else {
                page.isWhole = false
                continue
            }
            items[bytes] = item
            page.items.append(item)
        }
        let kept = Known(body: body, page: page, items: items)
        known.withLock { $0[target] = kept }
        return page
    }

    /// Reads a bare list, or an object that has a page of one.
    private static func read(
        _ reader: inout JSONReader,
        _ page: inout Page,
        _ ranges: inout [Range<Int>]
    ) throws(JSONReader.Malformed) {
        func element(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
            let start = reader.position
            try reader.skip()
            ranges.append(start..<reader.position)
        }
        if try reader.isAtList() {
            try reader.forEachElement { (reader) throws(JSONReader.Malformed) in try element(&reader) }
        } else {
            try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
                if name == "items" {
                    try reader.forEachElement { (reader) throws(JSONReader.Malformed) in try element(&reader) }
                } else if name == "page_count" {
                    page.pageCount = try reader.integer().map { Int(clamping: $0) } ?? 1
                } else if name == "filtered_count" {
                    page.total = try reader.integer().map { Int(clamping: $0) }
                } else {
                    try reader.skip()
                }
            }
        }
        try reader.end()
    }
}
