#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Watermarks {
    /// The only version that there is.
    package static let version = 1
    /// The most bytes that are read: ``limit`` queues with names of usual length have room.
    package static let largest = 8_000_000

    /// Reads what stands on a site.
    package init(json: Data) throws(WatermarksError) {
        guard json.count <= Self.largest else { throw .tooLarge(bytes: json.count) }
        let decoder = JSONDecoder()
        do {
            let version = try decoder.decode(Version.self, from: json).version
            guard version == Self.version else { throw WatermarksError.unknownVersion(version) }
            self = try decoder.decode(Content.self, from: json).watermarks()
        } catch let error as WatermarksError {
            throw error
        } catch let error as DecodingError {
            throw .broken(error.place)
        } catch {
            throw .broken("no JSON")
        }
    }

    /// What is written to a site: the same bytes for the same watermarks.
    package func json() throws(WatermarksError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let data = try encoder.encode(Content(self))
            guard data.count <= Self.largest else { throw WatermarksError.tooLarge(bytes: data.count) }
            return data
        } catch let error as WatermarksError {
            throw error
        } catch {
            throw .broken("\(error)")
        }
    }

    private struct Version: Decodable {
        var version: Int
    }

    private struct Content: Codable {
        var version: Int
        var epoch: Int
        var generation: Int
        var routes: [String: [String: Entry]]

        struct Entry: Codable {
            var position: Int64
            var rule: ConsumptionRule
            var evidence: Int64
            var incarnation: String?
        }

        init(_ watermarks: Watermarks) {
            version = Watermarks.version
            epoch = watermarks.epoch
            generation = watermarks.generation
            routes = watermarks.routes.mapValues { queues in
                queues.mapValues {
                    Entry(
                        position: $0.position.milliseconds,
                        rule: $0.rule,
                        evidence: $0.evidence,
                        incarnation: $0.incarnation
                    )
                }
            }
        }

        func watermarks() throws(WatermarksError) -> Watermarks {
            guard epoch >= 0, generation >= 0 else { throw .broken("a negative epoch or generation") }
            var watermarks = Watermarks(epoch: epoch, generation: generation)
            for (route, queues) in routes {
                for (queue, entry) in queues {
                    guard Content.times.contains(entry.position), Content.times.contains(entry.evidence) else {
                        throw .broken("a time of queue '\(queue)' is none")
                    }
                    let watermark = Watermark(
                        position: Position(entry.position),
                        rule: entry.rule,
                        evidence: entry.evidence,
                        incarnation: entry.incarnation
                    )
                    guard watermarks.note(watermark, route: route, queue: queue) else {
                        throw .broken("more than \(Watermarks.limit) queues, or a name longer than RabbitMQ has them")
                    }
                }
            }
            return watermarks
        }

        /// Up to the year 9999.
        private static let times: ClosedRange<Int64> = 0...253_402_300_799_999
    }
}

extension DecodingError {
    /// Where it is, without what stands there.
    fileprivate var place: String {
        switch self {
        case .keyNotFound(let key, let context): "'\((context.codingPath + [key]).place)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "'\(context.codingPath.place)' is of another kind"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty ? "no JSON" : "'\(context.codingPath.place)' is invalid"
        @unknown default: "not what Ropeway writes"
        }
    }
}

extension [any CodingKey] {
    fileprivate var place: String { map(\.stringValue).joined(separator: ".") }
}
