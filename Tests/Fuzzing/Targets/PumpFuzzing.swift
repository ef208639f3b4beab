import AMQP
import NIOCore

@testable import Pump

/// A session of a pump whose source and destination do what an input says, well or badly.
enum PumpFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let options = input.byte()
        guard let bench = try PumpFuzzBench(options) else { throw FuzzFinding("the channels don't open") }
        var steps = 0
        while !input.isEmpty, steps < 500 {
            steps += 1
            bench.step(&input)
            try bench.check()
        }
        bench.session.end(within: .zero)
        bench.peer.advance(.milliseconds(1))
        try bench.check()
        try require(bench.hasEnded, "the session is over its time and has not ended")
        bench.quarantine.settle(succeeds: false)
        try bench.peer.end()
    }
}
