// Plugins that come after the text. Until they are there nothing comes in unread and nothing gets lost: what is
// pasted waits for them, and what is copied, cut or dropped stays where it is.
import { Plugin, type PluginView } from "prosemirror-state";
import type { EditorView } from "prosemirror-view";

export interface Late {
  /** Draw beside the text. They have no state and no props. */
  views: Plugin[];
  /** Read and write the clipboard, and what is dragged. They have props alone, each its own. */
  clipboard: Plugin[];
}

/** Stands in for the plugins that load brings, and asks for them once there is a view. */
export function late(load: () => Promise<Late>): Plugin {
  const held: ((view: EditorView) => void)[] = [];
  const stays = (_: EditorView, event: Event): boolean => {
    event.preventDefault();
    return true;
  };
  const plugin: Plugin = new Plugin({
    props: {
      handleDOMEvents: {
        copy: stays,
        cut: stays,
        drop: stays,
        paste: (view, event) => {
          const html = event.clipboardData?.getData("text/html") ?? "";
          const text = event.clipboardData?.getData("text/plain") ?? "";
          held.push(() => (html === "" ? view.pasteText(text) : view.pasteHTML(html)));
          return stays(view, event);
        },
      },
    },
    view: (view) => {
      let gone = false;
      let views: PluginView[] = [];
      void load().then((come) => {
        if (gone) return;
        Object.assign(plugin.props, { handleDOMEvents: {} }, ...come.clipboard.map(({ props }) => props));
        views = come.views.flatMap(({ spec }) => spec.view?.(view) ?? []);
        for (const paste of held.splice(0)) if (view.editable) paste(view);
      });
      return {
        update: (view, before) => views.forEach((one) => one.update?.(view, before)),
        destroy: () => {
          gone = true;
          for (const one of views) one.destroy?.();
        },
      };
    },
  });
  return plugin;
}
