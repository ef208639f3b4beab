import Notation
import Testing

@Suite("Durations")
struct DurationTests {
    @Test("given durations, when they are shown, then it is as a person would say it")
    func shown() {
        let texts: [(Duration, String)] = [
            (.zero, "0 ms"), (.milliseconds(250), "250 ms"), (.milliseconds(1_500), "1.5 s"), (.seconds(60), "60 s"),
            (.seconds(150), "2 min 30 s"), (.seconds(900), "15 min"), (.seconds(7_200), "2 h"),
            (.seconds(5_400), "90 min"),
            (.seconds(-5), "-5 s"), (.seconds(Int64.max), "a very long time"),
        ]
        for (duration, text) in texts { #expect(duration.shown == text) }
    }

    @Test("given durations, when whole units are taken, then they are rounded towards zero and kept within 64 bits")
    func units() {
        #expect(Duration.microseconds(1_999).wholeMilliseconds == 1)
        #expect(Duration.microseconds(-1_999).wholeMilliseconds == -1)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeNanoseconds == .min)
    }
}
