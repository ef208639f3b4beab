import Notation
import Testing

@Suite("A host and a port")
struct AuthorityTests {
    @Test("given texts of all forms, when they are read, then host and port are apart, and written as they were")
    func forms() throws {
        let texts: [(String, String, Int?)] = [
            ("broker", "broker", nil), ("broker:5672", "broker", 5_672), ("[::1]", "::1", nil),
            ("[fe80::1%25eth0]:1", "fe80::1%25eth0", 1), ("", "", nil), (":80", "", 80),
            ("10.0.0.1:65535", "10.0.0.1", 65_535),
        ]
        for (text, host, port) in texts {
            let authority = try Authority(text)
            #expect(authority.host == host && authority.port == port)
            #expect(authority.description == text)
        }
        #expect(Authority(host: "::1", port: 5_672).description == "[::1]:5672")
    }

    @Test("given texts that are none, when they are read, then it is told why")
    func faults() {
        let texts: [(String, Authority.Fault)] = [
            ("[::1", .openBracket), ("[::1]x", .afterBracket), ("[::1]80", .afterBracket), ("::1", .manyColons),
            ("a:1:2", .manyColons), ("a:", .port), ("a:0", .port), ("a:65536", .port), ("a:+1", .port), ("a:x", .port),
            ("a:٣", .port), ("a:00000000001", .port),
        ]
        for (text, fault) in texts { #expect(throws: fault) { try Authority(text) } }
    }
}
