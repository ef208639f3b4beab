import Fuzzing
import Testing

@Suite("The inputs that fuzzing kept")
struct CorpusTests {
    @Test("hold what has to hold for every input", arguments: FuzzTarget.allCases)
    func replay(target: FuzzTarget) throws {
        let inputs = try FuzzCorpus.inputs(of: target)
        #expect(inputs.count > 1)
        for (name, bytes) in inputs {
            do throws(FuzzFinding) {
                try target.run(bytes)
            } catch {
                Issue.record("\(target.rawValue)/\(name): \(error)")
            }
        }
    }

    @Test("any bytes hold it too", arguments: FuzzTarget.allCases)
    func random(target: FuzzTarget) throws {
        for seed: UInt64 in 0..<400 {
            var random = SeededBytes(seed: seed)
            try target.run((0..<(seed * 7 % 600)).map { _ in random.next() })
        }
    }
}
