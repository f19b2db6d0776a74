/** What every adapter must do, whatever server it stands before: a suite that each of them runs. */
@NullMarked
package io.gatewaykit.api.tck;

import org.jspecify.annotations.NullMarked;
