package io.gatewaykit.waf.internal.rules;

import static io.gatewaykit.waf.internal.rules.RuleShapes.on;
import static io.gatewaykit.waf.rule.RuleFamily.PROTOCOL;

import io.gatewaykit.waf.rule.Rule;
import io.gatewaykit.waf.rule.Target;
import io.gatewaykit.waf.rule.Transformation;
import java.util.List;

/** Header injection and malformed input. */
final class ProtocolRules {
  private ProtocolRules() {}

  static List<Rule> rules() {
    return List.of(
        on(
                "protocol-crlf",
                PROTOCOL,
                Target.PATH,
                Target.ARG,
                Target.ARG_NAME,
                Target.COOKIE,
                Target.HEADER)
            .transform(Transformation.URL_DECODE, Transformation.FOLD, Transformation.LOWERCASE)
            .matches(
                "[\\r\\n]+[ \\t]*(?:set-cookie|location|content-?type|content-?length|x-[\\w-]+|host|transfer-encoding|refresh|access-control-[\\w-]+|link|status|http/\\d|bcc|rcpt to|mail from|flushall)\\b ?[:/ ]|[\\r\\n][ \\t]*(?:get|post|head|put|delete|options) [^ ]+ http/\\d|[\\r\\n][ \\t]*(?:quit|rset)[ \\r\\n]*$|[\\r\\n][ \\t]*remote-addr:|^(?:get|post|head) https?://[^ ]+ http/\\d|\\x98[\\x8a\\x8d]")
            .build(),
        on("protocol-nul", PROTOCOL, Target.PATH, Target.ARG_NAME, Target.COOKIE, Target.HEADER)
            .transform(Transformation.URL_DECODE)
            .matches("\\x00")
            .build(),
        on("protocol-crlf-path", PROTOCOL, Target.PATH, Target.ARG_NAME, Target.HEADER)
            .transform(Transformation.URL_DECODE)
            .matches("[\\r\\n]")
            .build());
  }
}
