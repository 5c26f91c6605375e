// A hub's own program: publishes projects of a JSON file in one transaction, with the digest, headers and manifest
// of the contract. Uses the Kafka client, Apache Avro and Jackson. Arguments: properties file, registry URL, hub,
// JSON file with {"revision": n, "records": [{"source_id": …, "record": {…}}], "removed": [{"source_id", "how"}]}.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.FileReader;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.Future;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

public final class Producer {
    static final ObjectMapper JSON = new ObjectMapper();
    static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(128);
    static final HexFormat HEX = HexFormat.of();

    record Registered(int id, Schema schema, String fingerprint) {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("vectors")) {
            vectors(Path.of(arguments[1]), Path.of(arguments[2]));
            return;
        }
        Properties properties = new Properties();
        properties.load(new FileReader(arguments[0]));
        String registry = arguments[1], hub = arguments[2];
        JsonNode said = JSON.readTree(Path.of(arguments[3]).toFile());
        Registered project = registered(registry, "regional." + hub + ".project-value");
        Registered checked = registered(registry, "regional." + hub + ".checked-value");
        try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            publish(producer, hub, said, project, checked);
            producer.commitTransaction();
        }
    }

    static void publish(KafkaProducer<String, byte[]> producer, String hub, JsonNode said, Registered project,
            Registered checked) throws Exception {
        String topic = "regional." + hub + ".project";
        long now = System.currentTimeMillis(), revision = said.get("revision").asLong();
        Map<Integer, Long> ends = new TreeMap<>();
        Map<Integer, List<byte[]>> buckets = new TreeMap<>();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (JsonNode one : said.get("records")) {
            String id = one.get("source_id").asText();
            byte[] digest = blake(canonical(bare(project.schema(), one.get("record"), true)));
            ObjectNode record = one.get("record").deepCopy();
            record.put("source_id", id).put("revision", revision).put("cause", "source");
            record.putObject("origin").put("address", "https://eigen.example/" + id).putNull("changed_at")
                    .put("first_seen_at", now).put("read_at", now);
            record.put("digest", new String(digest, StandardCharsets.ISO_8859_1));
            var out = new ProducerRecord<>(topic, id, framed(project, record));
            headers(out, hub, "project", "project|" + id + "|" + revision, now, project);
            out.headers().add("zeven_revision", text(Long.toString(revision))).add("zeven_cause", text("source"))
                    .add("zeven_digest", text(HEX.formatHex(digest)));
            sent.add(producer.send(out));
            byte[] place = blake(text("project|" + id));
            buckets.computeIfAbsent(place[0] & 0xff, key -> new ArrayList<>())
                    .add(blake(text("project|" + id + "|" + HEX.formatHex(digest))));
        }
        for (JsonNode one : said.get("removed")) {
            String id = one.get("source_id").asText();
            var out = new ProducerRecord<String, byte[]>(topic, id, null);
            headers(out, hub, "project", "project|" + id + "|" + revision, now, project);
            ObjectNode how = JSON.createObjectNode().put("how", one.get("how").asText())
                    .put("at", Instant.ofEpochMilli(now).toString());
            out.headers().add("zeven_revision", text(Long.toString(revision))).add("zeven_cause", text("source"))
                    .add("zeven_digest", text("")).add("zeven_evidence", JSON.writeValueAsBytes(how));
            sent.add(producer.send(out));
        }
        producer.flush();
        for (Future<RecordMetadata> one : sent) {
            ends.merge(one.get().partition(), one.get().offset() + 1, Math::max);
        }
        lifeSign(producer, hub, said, checked, ends, buckets, now);
    }

    static void lifeSign(KafkaProducer<String, byte[]> producer, String hub, JsonNode said, Registered checked,
            Map<Integer, Long> ends, Map<Integer, List<byte[]>> buckets, long now) throws Exception {
        int live = said.get("records").size();
        ObjectNode sign = JSON.createObjectNode().put("hub", hub).put("look", said.get("look").asLong())
                .put("started_at", now).put("finished_at", now).put("state", "live").put("sample", true)
                .put("first_look", false).put("interval_s", 3600).put("freshness_target_s", 7200)
                .put("release", "eigen-programma 1.0");
        ObjectNode kind = sign.putArray("kinds").addObject().put("kind", "project").put("source", "eigen")
                .put("state", "live").put("complete", true).put("read", live).put("published", live)
                .put("unchanged", 0).put("rejected", 0).put("held", 0)
                .put("removed", said.get("removed").size()).put("live", live);
        kind.putArray("reasons");
        kind.put("complete_at", now).put("unassigned", 0).put("left_out", 0);
        ArrayNode offsets = sign.putArray("offsets");
        for (String of : List.of("project", "event", "membership")) {
            for (PartitionInfo part : producer.partitionsFor("regional." + hub + "." + of)) {
                // one more than the last record where this transaction wrote: its marker
                long end = of.equals("project") && ends.containsKey(part.partition()) ? ends.get(part.partition()) + 1 : 0;
                long before = said.path("ends").path(of + "/" + part.partition()).asLong(0);
                offsets.addObject().put("topic", part.topic()).put("partition", part.partition())
                        .put("offset", Math.max(end, before));
            }
        }
        ArrayNode sums = sign.putArray("buckets");
        buckets.forEach((number, hashes) -> {
            BigInteger sum = BigInteger.ZERO;
            for (byte[] hash : hashes) {
                sum = sum.add(new BigInteger(1, hash)).mod(MODULUS);
            }
            byte[] bytes = new byte[16], raw = sum.toByteArray();
            int length = Math.min(16, raw.length);
            System.arraycopy(raw, raw.length - length, bytes, 16 - length, length);
            sums.addObject().put("kind", "project").put("bucket", number).put("count", hashes.size())
                    .put("hash", new String(bytes, StandardCharsets.ISO_8859_1));
        });
        var out = new ProducerRecord<>("regional." + hub + ".checked", hub, framed(checked, sign));
        headers(out, hub, "checked", "checked|" + hub + "|" + now, now, checked);
        producer.send(out).get();
    }

    static void headers(ProducerRecord<String, byte[]> out, String hub, String kind, String id, long now,
            Registered schema) {
        out.headers().add("ce_specversion", text("1.0")).add("ce_id", text(id))
                .add("ce_source", text("urn:nld:ai-hub:" + hub))
                .add("ce_type", text("nl.ai-hubs.regional." + kind + ".v1"))
                .add("ce_time", text(Instant.ofEpochMilli(now).toString())).add("ce_subject", text(kind))
                .add("content-type", text("application/avro"))
                .add("zeven_schema", text(schema.fingerprint()));
    }

    static Registered registered(String registry, String subject) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(registry + "/subjects/" + subject + "/versions/latest")).build();
        String body = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        JsonNode found = JSON.readTree(body);
        Schema schema = new Schema.Parser().parse(found.get("schema").asText());
        byte[] print = SchemaNormalization.parsingFingerprint("CRC-64-AVRO", schema);
        return new Registered(found.get("id").asInt(), schema, HEX.formatHex(print));
    }

    static byte[] framed(Registered with, JsonNode record) throws Exception {
        var out = new ByteArrayOutputStream();
        out.write(ByteBuffer.allocate(5).put((byte) 0).putInt(with.id()).array());
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<Object>(with.schema()).write(value(with.schema(), record), encoder);
        encoder.flush();
        return out.toByteArray();
    }

    static Object value(Schema schema, JsonNode node) {
        switch (schema.getType()) {
            case UNION:
                boolean none = node == null || node.isNull();
                return none ? null : value(other(schema), node);
            case RECORD:
                var record = new GenericData.Record(schema);
                for (Schema.Field field : schema.getFields()) {
                    JsonNode given = node.get(field.name());
                    record.put(field.name(), given == null && field.hasDefaultValue()
                            ? GenericData.get().getDefaultValue(field) : value(field.schema(), given));
                }
                return record;
            case ARRAY:
                var list = new ArrayList<Object>();
                node.forEach(item -> list.add(value(schema.getElementType(), item)));
                return list;
            case BYTES:
                return ByteBuffer.wrap(node.asText().getBytes(StandardCharsets.ISO_8859_1));
            case FIXED:
                return new GenericData.Fixed(schema, node.asText().getBytes(StandardCharsets.ISO_8859_1));
            case LONG:
                return node.asLong();
            case INT:
                return node.asInt();
            case BOOLEAN:
                return node.asBoolean();
            default:
                if (!node.isTextual()) {
                    throw new IllegalArgumentException("no text: " + node);
                }
                return node.asText();
        }
    }

    static Schema other(Schema union) {
        return union.getTypes().stream().filter(one -> one.getType() != Schema.Type.NULL).findFirst().orElseThrow();
    }

    /** What is stated, fields whose value is the default left out; `top`: the four fields that the digest is of. */
    static JsonNode bare(Schema schema, JsonNode node, boolean top) {
        if (schema.getType() == Schema.Type.UNION) {
            return node.isNull() ? node : bare(other(schema), node, false);
        }
        if (schema.getType() == Schema.Type.ARRAY) {
            ArrayNode list = JSON.createArrayNode();
            node.forEach(item -> list.add(bare(schema.getElementType(), item, false)));
            return list;
        }
        if (schema.getType() != Schema.Type.RECORD) {
            return node;
        }
        ObjectNode found = JSON.createObjectNode();
        for (Schema.Field field : schema.getFields()) {
            boolean wanted = !top || List.of("sample", "keys", "organisations", "content").contains(field.name());
            JsonNode given = node.get(field.name());
            if (wanted && given != null && (top || !isDefault(field, given))) {
                found.set(field.name(), bare(field.schema(), given, false));
            }
        }
        return found;
    }

    static boolean isDefault(Schema.Field field, JsonNode given) {
        if (!field.hasDefaultValue()) {
            return false;
        }
        Object usual = field.defaultVal();
        if (usual == org.apache.avro.JsonProperties.NULL_VALUE) {
            return given.isNull();
        }
        return JSON.valueToTree(usual).equals(given);
    }

    /** RFC 8785 for objects, lists, texts, whole numbers and truth values, which is all that the contract has. */
    static byte[] canonical(JsonNode node) throws Exception {
        var out = new StringBuilder();
        write(node, out);
        return text(out.toString());
    }

    static void write(JsonNode node, StringBuilder out) throws Exception {
        if (node.isObject()) {
            var sorted = new TreeMap<String, JsonNode>();
            for (Iterator<Map.Entry<String, JsonNode>> each = node.fields(); each.hasNext();) {
                var entry = each.next();
                sorted.put(entry.getKey(), entry.getValue());
            }
            String before = "{";
            for (var entry : sorted.entrySet()) {
                out.append(before).append(JSON.writeValueAsString(entry.getKey())).append(':');
                write(entry.getValue(), out);
                before = ",";
            }
            out.append(sorted.isEmpty() ? "{}" : "}");
        } else if (node.isArray()) {
            String before = "[";
            for (JsonNode item : node) {
                out.append(before);
                write(item, out);
                before = ",";
            }
            out.append(node.isEmpty() ? "[]" : "]");
        } else {
            out.append(JSON.writeValueAsString(node));
        }
    }

    static byte[] text(String said) {
        return said.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] blake(byte[] data) {
        return Blake2b.digest16(data);
    }

    /** Recomputes the published vectors: canonical text, digest, bucket and the sum of the hashes. */
    static void vectors(Path file, Path schemas) throws Exception {
        JsonNode said = JSON.readTree(file.toFile());
        BigInteger sum = BigInteger.ZERO;
        for (JsonNode one : said.get("vectors")) {
            Path versions = schemas.resolve(one.get("schema").asText());
            Schema schema = new Schema.Parser().parse(Files.readString(versions.resolve("1.avsc")));
            byte[] canonical = canonical(bare(schema, one.get("record"), true));
            byte[] digest = blake(canonical);
            String place = one.get("kind").asText() + "|" + one.get("source_id").asText();
            byte[] hash = blake(text(place + "|" + HEX.formatHex(digest)));
            sum = sum.add(new BigInteger(1, hash)).mod(MODULUS);
            System.out.println(new String(canonical, StandardCharsets.UTF_8).equals(one.get("canonical").asText())
                    + " " + HEX.formatHex(digest) + " " + (blake(text(place))[0] & 0xff));
        }
        System.out.println(String.format("%032x", sum));
    }
}
