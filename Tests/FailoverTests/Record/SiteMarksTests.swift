import ControlModel
import Foundation
import Management
import Testing

@testable import Failover

@Suite("Which sites a broker's parameters were written for")
struct SiteMarksTests {
    @Test("Given records, a generation and what was declared, when read, then each names its site; nothing else does")
    func reading() throws {
        let parameters = try JSONDecoder().decode(
            [GlobalParameter].self,
            from: Data(
                """
                [{"name":"ropeway.shop.2","value":{"site":"dc1"}},
                 {"name":"ropeway.shop.generation","value":{"site":"dc2","generation":4}},
                 {"name":"ropeway.shop.topology","value":{"site":"east"}},
                 {"name":"ropeway.shop.gaps","value":{"site":"no"}},
                 {"name":"ropeway.shop2.1","value":{"site":"no"}},
                 {"name":"ropeway.shop.1","value":{"version":1}},
                 {"name":"cluster_name","value":"rabbit"}]
                """.utf8
            )
        )
        #expect(SiteMarks(parameters, pair: "shop").sites == ["dc1", "dc2", "east"])
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var given: String
        var marks: [String: Set<String>]
        var isMistaken: Bool

        var testDescription: String { given }
    }

    static let rows: [Row] = [
        Row(given: "each its own", marks: ["dc1": ["dc1"], "dc2": ["dc2"]], isMistaken: false),
        Row(given: "none yet", marks: ["dc1": [], "dc2": []], isMistaken: false),
        Row(given: "one that was rebuilt", marks: ["dc1": ["dc1"], "dc2": []], isMistaken: false),
        Row(given: "swapped", marks: ["dc1": ["dc2"], "dc2": ["dc1"]], isMistaken: true),
        Row(given: "swapped before a daemon ran", marks: ["dc1": ["dc2"], "dc2": []], isMistaken: true),
        Row(given: "swapped, and one is gone", marks: ["dc1": ["dc2"]], isMistaken: true),
        Row(given: "definitions of the other site", marks: ["dc1": ["dc1"], "dc2": ["dc1"]], isMistaken: false),
        Row(given: "some of its own left", marks: ["dc1": ["dc1"], "dc2": ["dc1", "dc2"]], isMistaken: false),
        Row(given: "a site with another name", marks: ["dc1": ["dc1"], "east": ["dc2"]], isMistaken: true),
    ]

    @Test("A configuration that is not that of the brokers is found", arguments: rows)
    func mistakes(_ row: Row) {
        let mistake = SiteMarks.mistake(in: row.marks.mapValues { SiteMarks($0) })
        #expect((mistake != nil) == row.isMistaken, "\(mistake ?? "none")")
    }
}
