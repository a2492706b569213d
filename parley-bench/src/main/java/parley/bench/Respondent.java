package parley.bench;

import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import parley.process.ChildProcess;

/// A process that is told lines, and answers with 64-bit numbers in the machine's order.
public record Respondent(ChildProcess child) {
    /// Tells it a line.
    public void tell(String line) throws IOException {
        child.stdin().outputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    /// Waits for so many numbers.
    ///
    /// @throws EOFException if it has ended
    public long[] answer(int count) throws IOException, InterruptedException {
        var buffer = ByteBuffer.allocate(count * Long.BYTES).order(ByteOrder.nativeOrder());
        while (buffer.hasRemaining()) {
            if (child.stdout().read(buffer) < 0) {
                throw new EOFException(child + " has ended: " + child.awaitExit());
            }
        }
        var numbers = new long[count];
        buffer.flip().asLongBuffer().get(numbers);
        return numbers;
    }

    /// Tells it a line, and waits for the answer.
    public long[] ask(String line, int count) throws IOException, InterruptedException {
        tell(line);
        return answer(count);
    }

    /// In the process: answers.
    public static void answer(OutputStream out, long... numbers) throws IOException {
        var buffer =
                ByteBuffer.allocate(numbers.length * Long.BYTES).order(ByteOrder.nativeOrder());
        buffer.asLongBuffer().put(numbers);
        out.write(buffer.array());
    }
}
