import RopewayConfiguration
import Testing

@Suite("Durations and sizes")
struct QuantityTests {
    @Test(
        "given a duration, when it is read and written, then it is the same text",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("5s", .seconds(5)), ("15m", .seconds(900)),
            ("1h", .seconds(3_600)), ("7d", .seconds(604_800)), ("0s", .zero),
        ]
    )
    func durations(text: String, duration: Duration) {
        #expect(Quantity.duration(text) == duration)
        #expect(Quantity.text(duration) == text)
    }

    @Test(
        "given a size, when it is read and written, then it is the same text",
        arguments: [
            ("4097", 4_097), ("500KB", 500_000), ("20MB", 20_000_000), ("10GB", 10_000_000_000),
            ("2TB", 2_000_000_000_000), ("1KiB", 1_024), ("3MiB", 3_145_728), ("4GiB", 4_294_967_296),
            ("1TiB", 1_099_511_627_776), ("0", 0),
        ]
    )
    func sizes(text: String, bytes: Int) {
        #expect(Quantity.bytes(text) == bytes)
        #expect(Quantity.text(bytes: bytes) == text)
    }

    @Test(
        "given a text that is neither, when it is read, then there is nothing",
        arguments: [
            "", "s", "1", "01s", "-1s", "1.5h", "1 h", "1h30m", "1H", "1S", "999999999999999d", "9999999999999999s",
            "１s", "1\u{0}s",
        ]
    )
    func noDurations(text: String) {
        #expect(Quantity.duration(text) == nil)
    }

    @Test(
        "given a text that is no size, when it is read, then there is nothing",
        arguments: ["", "GB", "1gb", "1 GB", "-1", "1.5GB", "007", "1k", "1G", "999999999999999TB"]
    )
    func noSizes(text: String) {
        #expect(Quantity.bytes(text) == nil)
    }
}
