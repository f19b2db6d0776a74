// Copyright the GatewayKit authors
// SPDX-License-Identifier: Apache-2.0
package io.gatewaykit.wafrules;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.ParserException;
import org.snakeyaml.engine.v2.parser.Parser;

/**
 * Rejects YAML whose nodes contain themselves or nest too deeply. Composing and reading are
 * recursive, and such a text would otherwise cause a stack overflow that has no position. At most
 * 64 levels are permitted. Public for other files that contain policies. Not thread-safe.
 */
public final class BoundedParser implements Parser {
  private static final int MAX_DEPTH = 64;

  /** Thrown for YAML that exceeds a bound. */
  public static final class BoundException extends ParserException {
    private static final long serialVersionUID = 1;

    private final String expected;

    private BoundException(String problem, String expected, Optional<Mark> mark) {
      super(problem, mark);
      this.expected = expected;
    }

    /** Returns the values that are permitted. */
    public String expected() {
      return expected;
    }
  }

  private final Parser parser;
  private final Deque<Optional<Anchor>> open = new ArrayDeque<>(); // anchors of open collections

  /** Creates a parser with the events of another one, for a single document. */
  public BoundedParser(Parser parser) {
    this.parser = parser;
  }

  @Override
  public boolean checkEvent(Event.ID choice) {
    return parser.checkEvent(choice);
  }

  @Override
  public Event peekEvent() {
    return parser.peekEvent();
  }

  @Override
  public boolean hasNext() {
    return parser.hasNext();
  }

  @Override
  public Event next() {
    Event event = parser.next();
    if (event instanceof CollectionStartEvent start) {
      open.push(start.getAnchor());
      if (open.size() > MAX_DEPTH) {
        throw new BoundException(
            "nested too deeply", "at most " + MAX_DEPTH + " levels", start.getStartMark());
      }
    } else if (event instanceof AliasEvent alias && open.contains(Optional.of(alias.getAlias()))) {
      throw new BoundException(
          "an alias of the node that contains it", "an earlier node", alias.getStartMark());
    } else if (event.getEventId() == Event.ID.SequenceEnd
        || event.getEventId() == Event.ID.MappingEnd) {
      open.pop();
    }
    return event;
  }
}
