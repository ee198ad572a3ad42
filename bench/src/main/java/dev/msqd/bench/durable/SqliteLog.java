package dev.msqd.bench.durable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** SQLite with a write-ahead log that is synced at each commit. A row a message, a transaction a batch. */
final class SqliteLog implements DurableLog {
    private final Connection connection;
    private final PreparedStatement insert;
    private final byte[] outgoing = new byte[DurableRound.MESSAGE_LENGTH];

    private SqliteLog(Path path) throws SQLException {
        connection = DriverManager.getConnection("jdbc:sqlite:" + path);
        try (Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA journal_mode=WAL");
            statement.execute("PRAGMA synchronous=FULL");
            statement.execute("CREATE TABLE message (position INTEGER PRIMARY KEY, payload BLOB NOT NULL)");
        }
        connection.setAutoCommit(false);
        insert = connection.prepareStatement("INSERT INTO message (payload) VALUES (?)");
    }

    static SqliteLog create(Path path) throws IOException {
        try {
            return new SqliteLog(path);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void append(List<ByteBuffer> messages) throws IOException {
        try {
            for (ByteBuffer message : messages) {
                message.get(message.position(), outgoing);
                insert.setBytes(1, outgoing);
                insert.executeUpdate();
            }
            connection.commit();
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        try (connection) {
            insert.close();
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
